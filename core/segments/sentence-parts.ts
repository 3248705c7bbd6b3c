/** Sentences in parts, so that a page can set off names and figures, and link what is named. */

export interface SentencePart {
  readonly role: 'plain' | 'name' | 'number'
  readonly text: string
  /** what a name is the name of, where it has a page */
  readonly of?: { readonly kind: 'activity' | 'segment'; readonly id: number }
}

type Piece = string | number | SentencePart | readonly SentencePart[]

export const name = (text: string, of?: SentencePart['of']): SentencePart => ({ role: 'name', text, ...(of && { of }) })

const figures = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 10 })
/** What has not been entered yet reads "…". */
export const number = (value: number): SentencePart => ({
  role: 'number',
  text: Number.isFinite(value) ? figures.format(value) : '…',
})

/** say`at least ${3} SMS`: texts are plain, numbers are numbers. */
export function say(words: TemplateStringsArray, ...pieces: readonly Piece[]): SentencePart[] {
  return words.flatMap((text, i) => [plain(text), ...partsOf(pieces[i] ?? '')]).filter(({ text }) => text !== '')
}

export const plain = (text: string): SentencePart => ({ role: 'plain', text })

function partsOf(piece: Piece): readonly SentencePart[] {
  if (typeof piece === 'string') return [plain(piece)]
  if (typeof piece === 'number') return [number(piece)]
  return 'role' in piece ? [piece] : piece
}

export function joined(items: readonly (readonly SentencePart[])[], between: string): SentencePart[] {
  return items.flatMap((item, i) => (i === 0 ? item : [plain(between), ...item]))
}

const shown = 3

/** "a, b or c"; of a longer list the first three and how many more there are. An empty one, which is not filled in yet, is "…". */
export function listed(items: readonly SentencePart[], last: 'or' | 'and'): SentencePart[] {
  if (items.length === 0) return [plain('…')]
  const rest = items.length - shown
  const ends = rest > 0 ? [...items.slice(0, shown).map(item => [item]), say`${rest} more`] : items.map(item => [item])
  const tail = ends.at(-1) ?? []
  return ends.length === 1 ? tail : [...joined(ends.slice(0, -1), ', '), plain(` ${last} `), ...tail]
}

export const textOf = (parts: readonly SentencePart[]): string => parts.map(({ text }) => text).join('')
