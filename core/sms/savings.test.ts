import { expect, test } from 'vitest'
import vectors from '../../test/vectors/gsm-vectors.json' with { type: 'json' }
import { forcingOf, savingsOf } from './savings.ts'
import { measureText, splitIntoParts } from './split.ts'
import { parseTemplate, renderTemplate } from './template.ts'

const link = 'https://l.example/xxxxxxxxxxx'
const plainOf = (body: string) => renderTemplate(parseTemplate(body, { smart: false }), {}, () => link, link)
const of = (body: string) => savingsOf(plainOf(body), parseTemplate(body).changes)

test('one quote turns three parts into one', () => {
  const { text = '' } = vectors.vectors.find(({ name }) => name === 'typographic-apostrophe-161')!
  const { plain, smart, changes } = of(text)
  expect({ plain, smart }).toEqual({ plain: 3, smart: 1 })
  expect(changes).toMatchObject([{ from: '’', to: "'", partsIfKept: 3 }])
  expect(text.charAt(changes[0]!.places[0]!)).toBe('’')
})

test('each character is listed once, with all its places and what it alone would cost', () => {
  const { changes, plain, smart } = of(`“a” – “${'b'.repeat(80)}”… https://e.com/“`)
  expect(plain).toBe(2)
  expect(smart).toBe(1)
  expect(changes.map(({ from, to, places, partsIfKept }) => [from, to, places.length, partsIfKept])).toEqual([
    ['“', '"', 3, 2],
    ['”', '"', 2, 2],
    ['–', '-', 1, 2],
    ['…', '...', 1, 2],
  ])
})

test('where the text is UCS-2 all the same, nothing is saved, and that is said', () => {
  expect(of('“Čau”')).toMatchObject({ plain: 1, smart: 1, changes: [{ partsIfKept: 1 }, { partsIfKept: 1 }] })
})

test('characters outside of the alphabet are named as a person sees them, with what they cost', () => {
  expect(forcingOf('Hej Åsa €5')).toBeUndefined()
  expect(forcingOf(`👍🏽 ě ě ${'a'.repeat(80)}`)).toEqual({ characters: ['👍🏽', 'ě'], parts: 2, partsWithout: 1 })
  expect(forcingOf('')).toBeUndefined()
})

test('room and over are where the number of parts changes', () => {
  for (const { text } of vectors.vectors) {
    const { parts, room, over, encoding } = measureText(text)
    expect(parts).toBe(splitIntoParts(text).parts.length)
    const more = (n: number) => splitIntoParts(text + 'a'.repeat(n)).parts.length
    expect(more(room)).toBe(parts)
    expect(more(room + 1)).toBe(parts + 1)
    if (parts === 1 || encoding === 'UCS-2' || /[\^{}\\[~\]|€\f]/.test(text)) continue
    expect(splitIntoParts(text.slice(0, -over)).parts.length).toBe(parts - 1)
    expect(splitIntoParts(text.slice(0, 1 - over || undefined)).parts.length).toBe(parts)
  }
})
