import { expect, test } from 'vitest'
import { generateTypes, storedTypes } from '../web/api/generate.ts'

test('the types of the client are those of the API (else: node web/api/generate.ts)', async () => {
  expect(await storedTypes()).toBe(await generateTypes())
})
