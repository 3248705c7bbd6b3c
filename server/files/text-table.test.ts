import fc from 'fast-check'
import { expect, test } from 'vitest'
import { openTextTable } from './text-table.ts'

test('texts come back by their numbers, from memory and from the file', async () => {
  const table = await openTextTable(2)
  const textOf = (i: number) => `${i} Åsa ${'x'.repeat(i % 500 === 0 ? 30_000 : i % 3000)}`
  for (let i = 0; i < 3000; i++) table.add(textOf(i))
  expect(table.size).toBe(3000)
  for (const i of [0, 2999, 1500, 1, 2998, 0, 700, 2100, 3]) expect(table.get(i)).toBe(textOf(i))
  for (let i = 0; i < 3000; i += 7) expect(table.get(i)).toBe(textOf(i))
  for (const wrong of [-1, 3000, Number.NaN, 0.5]) expect([wrong, table.get(wrong)]).toEqual([wrong, undefined])
  table.close()
})

test('any texts, in any order', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.string({ unit: 'binary', maxLength: 200 }), { maxLength: 50 }), async texts => {
      const table = await openTextTable(1)
      for (const text of texts) table.add(text)
      const back = texts.map((_, i) => table.get(texts.length - 1 - i)).toReversed()
      table.close()
      expect(back).toEqual(texts)
    }),
  )
})
