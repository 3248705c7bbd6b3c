/** Does a text have the form of an e-mail address? Whether the mailbox exists, only a message shows. */

const address =
  /^[^\s@"(),:;<>[\\\]]{1,64}@(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?\.)+[\p{L}][\p{L}\p{N}-]{0,61}[\p{L}\p{N}]$/u

/** Trimmed, in lower case. `valid`: it has the form of an address. */
export function readEmail(given: string): { email: string; valid: boolean } {
  const email = given.trim().toLowerCase()
  const dots = email.startsWith('.') || email.includes('..') || email.includes('.@')
  return { email, valid: email.length <= 254 && !dots && address.test(email) }
}
