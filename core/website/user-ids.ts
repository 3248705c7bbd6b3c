/** Which texts name a user? Programs send the words for "nobody" as if they were one, and would make one person of all visitors. */
export const maxUserId = 128

const nobody = new Set([
  'null',
  'undefined',
  'nan',
  'none',
  'nil',
  'true',
  'false',
  '0',
  '-1',
  'anonymous',
  'anon',
  'guest',
  'unknown',
  '[object object]',
  'n/a',
  '(not set)',
])

export function isUserId(given: unknown): given is string {
  return (
    typeof given === 'string' &&
    given.trim() !== '' &&
    given.length <= maxUserId &&
    !nobody.has(given.trim().toLowerCase()) &&
    // Control characters: no system has them in its ids.
    !/\p{Cc}/u.test(given) &&
    given.isWellFormed()
  )
}
