/**
 * Pasted HTML as browsers read it: tags with the places of their attributes in the source, comments, and the text between. The tokenizer of
 * parse5 follows the standard (https://html.spec.whatwg.org/#tokenization), so that what we keep is what a mail program sees.
 */
import { type Token, Tokenizer, TokenizerMode } from 'parse5'

export interface HtmlAttribute {
  name: string
  /** without entities */
  value: string
  /** of the whole attribute in the source */
  start: number
  end: number
  /** no quotes around its value */
  unquoted: boolean
}

export type HtmlToken =
  | { kind: 'start'; name: string; attributes: HtmlAttribute[]; start: number; end: number }
  | { kind: 'end'; name: string; start: number; end: number }
  /** a comment, a doctype, or what a browser reads as a comment */
  | { kind: 'comment'; start: number; end: number }
  | { kind: 'text'; start: number; end: number }

/** Without a token on a stretch this long, reading ends: the tokenizer compares each attribute of a tag with all others of it. */
const longestToken = 40_000
const stride = 8192

/** In these a browser reads no markup. */
const rawElements = new Set(['style', 'xmp', 'iframe', 'noembed', 'noframes', 'noscript'])

/** Undefined: one tag of it is too long to be read. `source` has no CR and no NUL. */
export function readTokens(source: string): HtmlToken[] | undefined {
  const tokens: HtmlToken[] = []
  let last = 0
  const add = (token: HtmlToken) => {
    if (token.start > last) tokens.push({ kind: 'text', start: last, end: token.start })
    tokens.push(token)
    last = token.end
  }
  const onComment = ({ location }: { location: Token.Location | null }) => {
    if (location) add({ kind: 'comment', start: location.startOffset, end: location.endOffset })
  }
  const ignore = () => {}
  const tokenizer = new Tokenizer(
    { sourceCodeLocationInfo: true },
    {
      onComment,
      onDoctype: onComment,
      onStartTag(token) {
        const { location, tagName: name } = token
        if (!location) return
        tokenizer.state = modeIn(name)
        tokenizer.lastStartTagName = name
        add({
          kind: 'start',
          name,
          attributes: attributesOf(token, source),
          start: location.startOffset,
          end: location.endOffset,
        })
      },
      onEndTag({ location, tagName: name }) {
        if (location) add({ kind: 'end', name, start: location.startOffset, end: location.endOffset })
      },
      onEof: ignore,
      onCharacter: ignore,
      onNullCharacter: ignore,
      onWhitespaceCharacter: ignore,
    },
  )
  for (let at = 0; at < source.length; at += stride) {
    if (at - last > longestToken) return undefined
    tokenizer.write(source.slice(at, at + stride), at + stride >= source.length)
  }
  if (source.length > last) tokens.push({ kind: 'text', start: last, end: source.length })
  return tokens
}

function modeIn(name: string): Tokenizer['state'] {
  if (name === 'script') return TokenizerMode.SCRIPT_DATA
  if (name === 'title' || name === 'textarea') return TokenizerMode.RCDATA
  if (name === 'plaintext') return TokenizerMode.PLAINTEXT
  return rawElements.has(name) ? TokenizerMode.RAWTEXT : TokenizerMode.DATA
}

function attributesOf({ attrs, location }: Token.TagToken, source: string): HtmlAttribute[] {
  return attrs.flatMap(({ name, value }) => {
    const place = location?.attrs?.[name]
    if (place === undefined) return []
    const { startOffset: start, endOffset: end } = place
    const written = source.slice(start, end)
    return { name, value, start, end, unquoted: written.includes('=') && !/["']$/.test(written) }
  })
}

/** Text of HTML without its entities. */
export function withoutEntities(html: string): string {
  let text = ''
  const add = ({ chars }: Token.CharacterToken) => {
    text += chars
  }
  const ignore = () => {}
  const tokenizer = new Tokenizer(
    {},
    {
      ...{ onComment: ignore, onDoctype: ignore, onStartTag: ignore, onEndTag: ignore, onEof: ignore },
      ...{ onCharacter: add, onNullCharacter: add, onWhitespaceCharacter: add },
    },
  )
  tokenizer.write(html, true)
  return text
}
