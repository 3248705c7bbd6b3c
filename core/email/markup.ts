/**
 * The markup of a text block: **bold**, _italic_, [a link](https://example.com), lines that begin with "- " or "1. ", and an empty line between
 * paragraphs. What does not fit them is text. Linear in the length of the text.
 */
import { readTag } from '../sms/template.ts'

/** A stretch of text of one look. `text` may hold data tags. */
export interface Span {
  text: string
  bold: boolean
  italic: boolean
  /** the address as it is written, with data tags; null: no link */
  url: string | null
  /** of its text in the block, UTF-16 */
  index: number
}

export interface Passage {
  kind: 'paragraph' | 'bullets' | 'numbers'
  /** lines of the paragraph, or items of the list */
  lines: Span[][]
}

const bullet = /^[-*] +/
const numbered = /^\d{1,3}[.)] +/

export function readMarkup(text: string): Passage[] {
  const passages: Passage[] = []
  let open: Passage | undefined
  let index = 0
  for (const line of text.split('\n')) {
    const mark = bullet.exec(line)?.[0] ?? numbered.exec(line)?.[0] ?? ''
    const kind = mark === '' ? 'paragraph' : bullet.test(mark) ? 'bullets' : 'numbers'
    if (line.trim() === '') open = undefined
    else {
      if (open?.kind !== kind) {
        open = { kind, lines: [] }
        passages.push(open)
      }
      open.lines.push(readLine(line.slice(mark.length), index + mark.length))
    }
    index += line.length + 1
  }
  return passages
}

/** Bounded, so that many open brackets cost no more than their number. */
const longestLabel = 300
const longestUrl = 2000
const isWord = (character: string) => /[\p{L}\p{N}]/u.test(character)

function readLine(line: string, index: number): Span[] {
  const spans: Span[] = []
  let [bold, italic] = [false, false]
  let from = 0
  const lastBold = line.lastIndexOf('**')
  const lastItalic = line.lastIndexOf('_')
  const flush = (to: number) => {
    if (to > from) spans.push({ text: line.slice(from, to), bold, italic, url: null, index: index + from })
  }
  let at = 0
  while (at < line.length) {
    const tag = line.startsWith('##', at) && line.charAt(at + 2) !== '#' ? readTag(line, at) : undefined
    if (tag !== undefined) {
      at = tag.end
      continue
    }
    if (line.startsWith('**', at) && (bold || at < lastBold)) {
      flush(at)
      bold = !bold
      at = from = at + 2
      continue
    }
    if (line.charAt(at) === '_' && togglesItalic(line, at, italic, lastItalic)) {
      flush(at)
      italic = !italic
      at = from = at + 1
      continue
    }
    const link = line.charAt(at) === '[' ? readLink(line, at) : undefined
    if (link) {
      flush(at)
      spans.push({ text: link.label, bold, italic, url: link.url, index: index + at + 1 })
      at = from = link.end
      continue
    }
    at++
  }
  flush(line.length)
  return spans
}

/** "[label](address)"; in both may be data tags, and in a data tag any character. */
function readLink(line: string, at: number): { label: string; url: string; end: number } | undefined {
  const close = line.slice(at + 1, at + 2 + longestLabel).indexOf('](')
  if (close < 1) return undefined
  const from = at + close + 3
  let end = from
  while (end < line.length && end - from < longestUrl && !/[\s()]/.test(line.charAt(end)))
    end = (line.startsWith('##', end) ? readTag(line, end)?.end : undefined) ?? end + 1
  if (end === from || line.charAt(end) !== ')') return undefined
  return { label: line.slice(at + 1, from - 2), url: line.slice(from, end), end: end + 1 }
}

/** An underscore inside of a word, as in first_name, is a letter. */
function togglesItalic(line: string, at: number, italic: boolean, last: number): boolean {
  const before = line.charAt(at - 1)
  const behind = line.charAt(at + 1)
  return italic ? !isWord(behind) && before !== ' ' : !isWord(before) && behind !== '' && behind !== ' ' && at < last
}
