import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { cursorOf } from './cursor.ts'
import { type PageRequest, stretchOf, turnPage } from './page.ts'

const limit = 3
const cursor = cursorOf('numbers', { id: 'id' })
const keyOf = (id: number) => ({ id })

/** A page of the numbers, the greatest first. */
async function page(numbers: Iterable<number>, asked: PageRequest = {}) {
  const { read, ...cursors } = await turnPage(
    cursor,
    asked,
    async (from, backwards) => {
      const inOrder = [...numbers].sort((a, b) => (backwards ? a - b : b - a))
      const beyond = inOrder.filter(id => from === undefined || (backwards ? id > from.id : id < from.id))
      return stretchOf(beyond.slice(0, limit + 1), limit, backwards, keyOf)
    },
    keyOf,
  )
  return { items: read.rows, ...cursors }
}

const some = fc.uniqueArray(fc.nat(200), { maxLength: 20 })

describe('a list, page by page', () => {
  test('shows every row once, in order, and the same pages on the way back', async () => {
    await fc.assert(
      fc.asyncProperty(some, async numbers => {
        const pages = [await page(numbers)]
        for (let next = pages[0]?.next; next; next = pages.at(-1)?.next)
          pages.push(await page(numbers, { after: next }))
        expect(pages.flatMap(({ items }) => items)).toEqual(numbers.toSorted((a, b) => b - a))
        expect(pages[0]?.previous).toBeNull()
        let last = pages.at(-1)
        for (const before of pages.slice(0, -1).reverse()) {
          last = await page(numbers, { before: last?.previous ?? '' })
          expect(last.items).toEqual(before.items)
        }
        expect(last?.previous).toBeNull()
      }),
    )
  })

  test('shows a row that was there all the time once, whatever is added and removed meanwhile', async () => {
    await fc.assert(
      fc.asyncProperty(some, fc.array(some, { minLength: 1, maxLength: 9 }), async (kept, changes) => {
        const stays = new Set(kept)
        const seen: number[] = []
        let next: string | null | undefined
        for (let turn = 0; next !== null; turn++) {
          const now = new Set([...(changes[turn % changes.length] ?? []), ...stays])
          const shown = await page(now, next === undefined ? {} : { after: next })
          seen.push(...shown.items)
          next = shown.next
        }
        expect(seen.filter(id => stays.has(id))).toEqual([...stays].sort((a, b) => b - a))
      }),
    )
  })

  test('leads back from a page that has become empty', async () => {
    const { next } = await page([5, 4, 3, 2])
    const empty = await page([5, 4, 3], { after: next ?? '' })
    expect(empty).toMatchObject({ items: [], next: null })
    expect(await page([5, 4, 3], { before: empty.previous ?? '' })).toEqual({
      items: [5, 4, 3],
      next: null,
      previous: null,
    })
  })

  test('begins with a whole page, also where rows were added before it', async () => {
    const numbers = [9, 8, 7, 6, 5]
    const second = await page(numbers, { after: (await page(numbers)).next ?? '' })
    expect(second.items).toEqual([6, 5])
    const first = await page([10, ...numbers.slice(2)], { before: second.previous ?? '' })
    expect(first).toMatchObject({ items: [10, 7, 6], previous: null })
  })

  test('has one cursor at a time', async () => {
    const { next: after } = await page([4, 3, 2, 1])
    await expect(page([1], { after: after ?? '', before: after ?? '' })).rejects.toThrow(/together/)
    await expect(page([1], { before: 'x' })).rejects.toThrow(/^before: this is not a cursor/)
  })
})
