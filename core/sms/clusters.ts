/**
 * Where does one shown character end and the next begin? The rule by which a text may be cut.
 *
 * Always: the answer is the same in every browser and every Node, as it rests on our own frozen table. Intl.Segmenter is
 * not used: its clusters change with the Unicode version (a Hindi conjunct is one cluster or two), and so would credits.
 * The rule: marks, ZWNJ, tags, skin tones and joiners stay with the character before them; a joiner binds emoji to emoji;
 * regional indicators go in pairs; Hangul jamo make syllables; prefix characters stay with what follows. CR LF may be cut.
 * Source: UAX #29 §3.1.1 without GB3 and GB9c.
 */
import { extendRanges, pictographRanges, prependRanges } from './cluster-data.ts'

// `Other` and `Control` come first: a cluster always starts at such a character, unless a prefix precedes it.
const Other = 0
const Control = 1
const Surrogate = 2
const Extend = 3
const Joiner = 4
const Pictograph = 5
const RegionalIndicator = 6
const HangulL = 7
const HangulV = 8
const HangulT = 9
const HangulLV = 10
const HangulLVT = 11
const Prepend = 12

const controlRanges = '0-1f 7f-9f ad 200b 200e-200f 2028-202e 2060-206f feff'

const tableEnd = 0x20000
const classOfCodePoint = new Uint8Array(tableEnd)
fill(Extend, extendRanges)
fill(Prepend, prependRanges)
fill(Pictograph, pictographRanges)
fill(Control, controlRanges)
fill(Surrogate, 'd800-dfff')
fill(Joiner, '200d')
fill(RegionalIndicator, '1f1e6-1f1ff')
fill(HangulL, '1100-115f a960-a97c')
fill(HangulV, '1160-11a7 d7b0-d7c6')
fill(HangulT, '11a8-11ff d7cb-d7fb')
fill(HangulLVT, 'ac00-d7a3')
for (let syllable = 0xac00; syllable <= 0xd7a3; syllable += 28) classOfCodePoint[syllable] = HangulLV

/**
 * Where the cluster that starts at `start` ends (UTF-16 index behind it). `start` must be below `text.length`. Of one that goes
 * beyond `limit` the result is only some place behind the limit.
 */
export function clusterEnd(text: string, start: number, limit: number = text.length): number {
  let point = text.codePointAt(start)!
  let before = classOf(point)
  let end = start + widthOf(point)
  if (before === Control || before === Surrogate) return end
  let emoji = before === Pictograph // the cluster is a pictograph and what extends it
  let halfFlag = before === RegionalIndicator
  while (end < text.length && end <= limit) {
    point = text.codePointAt(end)!
    const next = classOf(point)
    if (next === Control || next === Surrogate) break
    if (next !== Extend && next !== Joiner && before !== Prepend) {
      const joins =
        next === Pictograph
          ? emoji && before === Joiner
          : next === RegionalIndicator
            ? halfFlag && before === RegionalIndicator
            : joinsHangul(before, next)
      if (!joins) break
    }
    emoji = next === Pictograph || (emoji && before !== Joiner && (next === Extend || next === Joiner))
    halfFlag = next === RegionalIndicator && before !== RegionalIndicator
    before = next
    end += widthOf(point)
  }
  return end
}

/**
 * The last place at or before `at` where the text may be cut, not before `from`, which must be such a place itself.
 * Looks back only as far as the next plain character, so that long texts are cut without walking through them.
 */
export function lastBoundary(text: string, from: number, at: number): number {
  if (at >= text.length) return text.length
  let safe = at
  while (safe > from && !startsCluster(text, safe)) safe--
  while (safe < at) {
    const end = clusterEnd(text, safe, at)
    if (end > at) return safe
    safe = end
  }
  return safe
}

/** True where a cluster starts for sure, told from the two characters beside the place alone. */
function startsCluster(text: string, at: number): boolean {
  if (classOfCodePoint[text.charCodeAt(at)]! > Control) return false
  const before = text.codePointAt(at > 1 ? at - 2 : 0)!
  return classOf(before > 0xffff ? before : text.charCodeAt(at - 1)) !== Prepend
}

function joinsHangul(before: number, next: number): boolean {
  if (before === HangulL) return next === HangulL || next === HangulV || next === HangulLV || next === HangulLVT
  if (before === HangulLV || before === HangulV) return next === HangulV || next === HangulT
  if (before === HangulLVT || before === HangulT) return next === HangulT
  return false
}

function classOf(point: number): number {
  if (point < tableEnd) return classOfCodePoint[point]!
  return (point >= 0xe0020 && point <= 0xe007f) || (point >= 0xe0100 && point <= 0xe01ef) ? Extend : Other
}

function widthOf(point: number): 1 | 2 {
  return point > 0xffff ? 2 : 1
}

function fill(kind: number, ranges: string): void {
  for (const range of ranges.split(' ')) {
    const [first, last = first] = range.split('-')
    classOfCodePoint.fill(kind, Number.parseInt(first!, 16), Number.parseInt(last!, 16) + 1)
  }
}
