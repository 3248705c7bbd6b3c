/** Does a text have the form of an e-mail address? Whether the mailbox exists, only a message shows. */

const address =
  /^[^\s\p{C}@"(),:;<>[\\\]]{1,64}@(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?\.)+[\p{L}][\p{L}\p{N}-]{0,61}[\p{L}\p{N}]$/u

/** RFC 5321 §4.5.3.1.1: octets before the @. No mail server is given more. */
const mostLocalBytes = 64

/** Trimmed, in lower case. `valid`: it has the form of an address. */
export function readEmail(given: string): { email: string; valid: boolean } {
  const email = given.trim().toLowerCase()
  const dots = email.startsWith('.') || email.includes('..') || email.includes('.@')
  const fits = Buffer.byteLength(email.slice(0, Math.max(0, email.lastIndexOf('@')))) <= mostLocalBytes
  return { email, valid: email.length <= 254 && fits && !dots && address.test(email) }
}
