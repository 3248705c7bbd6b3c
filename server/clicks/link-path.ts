/**
 * Which code does a request ask for? Apps that turn a text into links take in what follows the link, and programs add to it:
 * `/CODE.`, `/CODE)`, `/CODE%E2%80%9D`, `//CODE`, `/CODE&utm=x`. So the code is the first run of base58 characters in the path, read
 * through percent-encoding, and it ends at the first character that cannot belong to one. What follows there is dropped.
 *
 * A code that is followed by a character of the alphabet is another code, and a wrong one. Case matters, also in `%41`.
 * Never throws, linear in the length of the path.
 */
import type { IncomingMessage } from 'node:http'

type Named = Pick<IncomingMessage, 'url' | 'headers'>

const alphabet = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'
/** Letters and digits that no code has: a path that begins with one is no code with something before it. */
const lookalikes = '0OIl'
const inAlphabet = new Uint8Array(256)
for (const character of alphabet) inAlphabet[character.charCodeAt(0)] = 1
const isLookalike = new Uint8Array(256)
for (const character of lookalikes) isLookalike[character.charCodeAt(0)] = 1

const [slash, percent, questionMark] = ['/', '%', '?'].map(character => character.charCodeAt(0))
const shortest = 11
const longest = 12

/** `prefix`: the path of HOMING_LINK_URL, '' for most. undefined: it does not look like a short link. */
export function codeIn(target: string | undefined, prefix = ''): string | undefined {
  if (target === undefined || target.length <= shortest) return undefined
  const path = prefix !== '' && target.startsWith(`${prefix}/`) ? target.slice(prefix.length) : target
  if (path.charCodeAt(0) === slash) {
    let end = 1
    while (inAlphabet[path.charCodeAt(end)] === 1) end++
    const length = end - 1
    if (length > longest) return undefined
    // Nearly every link; an escape may hide a character of the alphabet, and before the code there may be something.
    if (length > 0 && path.charCodeAt(end) !== percent) return length >= shortest ? path.slice(1, end) : undefined
  }
  return decodedCode(path)
}

function decodedCode(path: string): string | undefined {
  let code = ''
  for (let at = 0; at < path.length; at++) {
    let character = path.charCodeAt(at)
    if (character === questionMark) break
    const escaped = character === percent ? byteAt(path, at + 1) : undefined
    if (escaped !== undefined) {
      character = escaped
      at += 2
    }
    if (inAlphabet[character] === 1) {
      code += String.fromCharCode(character)
      if (code.length > longest) return undefined
    } else if (code !== '') break
    else if (isLookalike[character] === 1) return undefined
  }
  return code.length >= shortest ? code : undefined
}

/** Two hexadecimal digits; undefined: the escape is none. */
function byteAt(text: string, at: number): number | undefined {
  const high = hexDigit(text.charCodeAt(at))
  const low = hexDigit(text.charCodeAt(at + 1))
  return high < 0 || low < 0 ? undefined : high * 16 + low
}

function hexDigit(character: number): number {
  if (character >= 48 && character <= 57) return character - 48
  const lower = character | 32
  return lower >= 97 && lower <= 102 ? lower - 87 : -1
}

/** `GET http://host/path`, as sent to proxies, means `GET /path` of that host, whatever Host says (RFC 9112 §3.2.2). */
export function useOriginForm(request: Named): void {
  const { url = '' } = request
  if (url.charCodeAt(0) === slash) return
  const [absolute, host] = /^https?:\/\/([^/?#]*)/i.exec(url) ?? []
  if (absolute === undefined || host === undefined) return
  const rest = url.slice(absolute.length)
  request.url = rest.startsWith('/') ? rest : `/${rest}`
  request.headers.host = host
}

/** The host that a request names, as URL has it: lower case, without port and root dot. */
export function hostNameOf(request: Named): string {
  const host = URL.parse(`http://${request.headers.host ?? ''}`)?.hostname ?? ''
  return host.replace(/\.$/, '')
}
