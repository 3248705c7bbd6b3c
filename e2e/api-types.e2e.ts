import { expect, test } from 'vitest'
import { generate, stored } from '../web/api/generate.ts'

test('types and roles of the client are those of the API (else: node web/api/generate.ts)', async () => {
  expect(await stored()).toEqual(await generate())
})
