/** Words for what the values of data tags do to a text. */
import type { Template } from '../../../../core/sms/template.ts'

/** "first_name" -> "first name" */
export const spacedName = (name: string): string => name.replaceAll('_', ' ')

const informalYou: Readonly<Record<string, string>> = {
  ...{ SE: 'du', NO: 'du', DK: 'du', DE: 'du', AT: 'du' },
  ...{ GB: 'there', IE: 'there', US: 'there', CA: 'there', AU: 'there', NZ: 'there' },
}

/** What a greeting says to somebody without a name, in the language of the country; '' where we do not know. */
export function usualDefault(name: string, country: string): string {
  return name === 'first_name' ? (informalYou[country] ?? '') : ''
}

const longestExcerpt = 60

/** The line of the text with the tag, as those get it who have no value for it. */
export function gapOf({ pieces }: Template, name: string): string {
  const mark = '\u0000'
  const text = pieces
    .map(piece => {
      if (piece.kind === 'text') return piece.text
      if (piece.kind !== 'tag') return '…'
      return piece.name === name && piece.fallback === '' ? mark : piece.fallback || `[${piece.name}]`
    })
    .join('')
  const at = text.indexOf(mark)
  const from = text.lastIndexOf('\n', at) + 1
  const line = text.slice(from).split('\n', 1)[0] ?? ''
  const start = Math.max(0, at - from - longestExcerpt / 2)
  const characters = Array.from(line.slice(start))
  const cut = characters.slice(0, longestExcerpt).join('').replaceAll(mark, '')
  return `${start > 0 ? '…' : ''}${cut.trim()}${characters.length > longestExcerpt ? '…' : ''}`
}

/** "−27%" */
export function changeInPercent(before: string, after: string): string {
  const change = Number(before) === 0 ? 0 : (Number(after) - Number(before)) / Number(before)
  return `${change < 0 ? '−' : '+'}${Math.abs(Math.round(change * 100))}%`
}
