/** All that server/hostile.db.test.ts takes a part of. */
import { expect, test } from 'vitest'
import { testApp } from './access/app.fixture.ts'
import { askEverything } from './hostile-calls.fixture.ts'

const app = testApp()

test('no odd value in any place of any request is answered by anything but a problem', async () => {
  const { asked, faults } = await askEverything(app, 1)
  expect(faults).toEqual([])
  expect(asked).toBeGreaterThan(10_000)
  expect(app.faults).toEqual([])
})
