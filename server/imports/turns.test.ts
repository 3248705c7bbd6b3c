import { expect, test } from 'vitest'
import { ImportTurns, type WaitingImport } from './turns.ts'

const mebibyte = 1024 * 1024
const list = (id: number, workspaceId: number, mebibytes: number, held = false): WaitingImport => ({
  id,
  workspaceId,
  upload: `${id}.csv`,
  starts: 0,
  bytes: mebibytes * mebibyte,
  held,
})

test('workspaces have their turns one after the other, however many lists one of them has', () => {
  const turns = new ImportTurns()
  const order: number[] = []
  const waiting = [list(1, 1, 50), list(2, 1, 50), list(3, 1, 50), list(4, 2, 50), list(5, 3, 50)]
  while (waiting.length > 0) {
    const [first] = [1, 2, 3].flatMap(
      workspace => waiting.filter(({ workspaceId }) => workspaceId === workspace)[0] ?? [],
    )
    const ofEach = [...new Map(waiting.toReversed().map(one => [one.workspaceId, one])).values()]
    const next = turns.take(ofEach, false)
    if (first === undefined || next === undefined) throw new Error('nobody has a turn')
    order.push(next.workspaceId)
    waiting.splice(waiting.indexOf(next), 1)
    turns.free(next)
  }
  expect(order).toEqual([1, 2, 3, 1, 1])
})

test('one of a workspace runs at a time; the place for short lists takes no long one', () => {
  const turns = new ImportTurns()
  const waiting = [list(1, 1, 500), list(2, 2, 500), list(3, 3, 1), list(4, 4, 1, true)]
  expect(turns.take(waiting, true)?.id).toBe(3)
  expect(turns.take(waiting, true)).toBeUndefined()
  const one = turns.take(waiting, false)
  expect(one?.id).toBe(1)
  expect(turns.take(waiting, false)?.id).toBe(2)
  expect(turns.take(waiting, false)).toBeUndefined()
  if (one !== undefined) turns.free(one)
  expect(turns.take(waiting, false)?.id).toBe(1)
})
