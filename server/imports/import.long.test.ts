/** The list of 10,000 in every way in which it may be written gives exactly its facts. */
import { expect, test } from 'vitest'
import { facts, fullMap, importTest } from './import.fixture.ts'
import { writings } from './writings.fixture.ts'

const made = importTest()

test.each(writings)('%s: the same facts', async (_, bytes) => {
  const result = await made.run(await made.newWorkspace(), made.fileOf(bytes()), fullMap)
  expect(result).toMatchObject(facts)
})
