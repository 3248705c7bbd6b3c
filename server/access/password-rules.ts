/**
 * Accepts passwords that are long enough and not among the first guesses. common-passwords.txt has the letters of the 12,000 most common
 * passwords, and those of at least 10 characters among 49,000 (from the lists of @zxcvbn-ts/language-common, MIT). The library itself
 * would add 4 MB and half a second of search.
 */
import { readFileSync } from 'node:fs'
import { normalForm } from '../../core/normal-form.ts'
import { type Problem, problem } from '../../core/problems.ts'

export const minPasswordLength = 10
export const maxPasswordLength = 128

const product = 'homing'

const how = {
  longer: 'Use at least 10 characters: three or four words that do not belong together are easy to remember.',
  other: 'Use three or four words that do not belong together.',
}

/** What is wrong with it; undefined: nothing. `own`: the person's addresses and name. */
export function checkPassword(password: string, own: readonly string[]): Problem | undefined {
  const characters = [...normalForm(password, 'NFKC')]
  if (characters.length < minPasswordLength)
    return problem('password_weak', { what: `has fewer than ${minPasswordLength} characters`, how: how.longer })
  const bare = bareOf(password)
  if (new Set(characters).size < 4 || /^(.{1,9}?)\1+$/su.test(bare.slice(0, maxPasswordLength)))
    return problem('password_weak', { what: 'repeats the same few characters', how: how.other })
  if (isRow(characters))
    return problem('password_weak', { what: 'is a row such as 1234567890 or abcdefghij', how: how.other })
  // The address of the first owner belongs to the product, not to a person.
  if (isVariation(bare, [product]))
    return problem('password_weak', { what: 'is common: the name of this product with digits', how: how.other })
  if (isVariation(bare, own))
    return problem('password_weak', { what: 'is your own address or name, or close to it', how: how.other })
  if (isCommon(password))
    return problem('password_weak', { what: 'is common, or a common word with digits', how: how.other })
  return undefined
}

/** The word without what people add: punctuation, digits at the ends, capitals. */
function bareOf(text: string): string {
  return normalForm(text, 'NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, '')
}

/** Little of its own remains without the words: "ada@example.com1", "moc.elpmaxe@ada", "AdaAda2026", "example-ada". */
function isVariation(bare: string, words: readonly string[]): boolean {
  const parts = words
    .flatMap(word => [word, ...word.split('@'), ...word.split(/[\s@.]+/)])
    .map(bareOf)
    .filter(part => part.length >= 3)
    .sort((one, other) => other.length - one.length)
  const rest = parts.reduce(
    (left, part) => left.replaceAll(part, ' ').replaceAll([...part].reverse().join(''), ' '),
    bare,
  )
  return rest !== bare && rest.replace(/[\d ]/g, '').length < 4
}

/** Each character follows the one before it, up or down: digits (0 after 9) or letters. */
function isRow(characters: readonly string[]): boolean {
  const codes = characters.map(character => character.toLowerCase().codePointAt(0) ?? 0)
  const steps = codes.slice(1).map((code, at) => code - (codes[at] ?? 0))
  const along = (step: number) => steps.filter(each => each === step || each === -9 * step).length >= steps.length - 1
  return along(1) || along(-1)
}

/** Characters that people use for letters: "P@ssw0rd" is "password". */
const likeLetters: Readonly<Record<string, string>> = {
  '@': 'a',
  '4': 'a',
  '3': 'e',
  '0': 'o',
  '1': 'i',
  $: 's',
  '5': 's',
  '7': 't',
}

let common: ReadonlySet<string> | undefined

/** Is it a common password or word, surrounded by digits and punctuation, or repeated? */
function isCommon(password: string): boolean {
  // Read only when somebody sets a password: 15,000 lines.
  common ??= new Set(readFileSync(new URL('common-passwords.txt', import.meta.url), 'utf8').split('\n'))
  const text = normalForm(password, 'NFKC').toLowerCase()
  const plain = text.replace(/[@$\d]/g, character => likeLetters[character] ?? character)
  const lettersOf = (given: string) => given.replace(/[^\p{L}]/gu, '')
  const forms = [
    bareOf(text),
    lettersOf(text),
    lettersOf(plain),
    lettersOf(withoutEnd(plain, character => character === 'i')),
  ]
  // Digits at the end are a year or a count rather than letters.
  const word = withoutEnd(text, character => !/\p{L}/u.test(character))
  forms.push(lettersOf(word.replace(/[@$\d]/g, character => likeLetters[character] ?? character)))
  return forms.some(form => common?.has(form))
}

function withoutEnd(text: string, belongsToIt: (character: string) => boolean): string {
  const characters = [...text]
  return characters.slice(0, characters.findLastIndex(character => !belongsToIt(character)) + 1).join('')
}
