/** What the page says before an import is what the import does. */
import { expect, test } from 'vitest'
import { importTest } from './import.fixture.ts'
import { parseMap } from './mapping.ts'
import { outcomesOf } from './outcomes.ts'

const made = importTest()
const map = 'external_key=id,phone=mobile,email=mail'
const text = [
  'id;mobile;mail',
  'A;0701740605;family@x.se',
  'A;0701740606;family@x.se',
  'B;0701740607;b@x.se',
  ';0701740608;family@x.se',
  ';saknas;',
].join('\n')

test('for each key, and for a workspace that knows some of them', async () => {
  const id = await made.newWorkspace()
  await made.csv(id, 'mobile;mail\n0701740607;\n;family@x.se', 'phone=mobile,email=mail')
  const before = await made.profiles(id)
  const input = { workspaceId: id, path: made.fileOf(text), country: 'SE' as const, map: parseMap(map) }
  const outcomes = await outcomesOf(made.db, input)
  expect(outcomes).toEqual({
    rows: 5,
    complete: true,
    rejected: 1,
    keys: [
      { key: 'external_key', created: 3, updated: 0, merged: 1, numbersMerged: 1 },
      { key: 'phone', created: 3, updated: 1, merged: 0, numbersMerged: 0 },
      { key: 'email', created: 1, updated: 1, merged: 2, numbersMerged: 2 },
    ],
  })
  expect(await made.profiles(id)).toEqual(before)
  for (const { key, created, updated, merged } of outcomes.keys) {
    const other = await made.newWorkspace()
    await made.csv(other, 'mobile;mail\n0701740607;\n;family@x.se', 'phone=mobile,email=mail')
    const result = await made.csv(other, text, map, { who: key })
    expect([key, result.created, result.updated, result.repeatedCustomerIds]).toEqual([key, created, updated, merged])
    await made.expectConsistent(other)
  }
})
