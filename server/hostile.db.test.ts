/**
 * Whatever is sent to any operation, the answer is a sentence for who sent it: never a fault of the server, never a word of how it is
 * made, never long in coming. Here a part of what the document gives; all of it: server/hostile.long.test.ts.
 */
import { expect, test } from 'vitest'
import { testApp } from './access/app.fixture.ts'
import { askEverything } from './hostile-calls.fixture.ts'

const app = testApp()

test('no odd value in any place of any request is answered by anything but a problem', async () => {
  const { asked, faults } = await askEverything(app, 11)
  expect(faults).toEqual([])
  expect(asked).toBeGreaterThan(1000)
  expect(app.faults).toEqual([])
})
