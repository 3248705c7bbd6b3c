import { expect, test } from 'vitest'
import { type Problem, problem } from './problems.ts'

test('a problem says its sentences with the details in them', () => {
  expect(problem('file_unreadable', { file: 'a.txt', what: 'it is a folder' }).message).toBe(
    'The file a.txt cannot be read: it is a folder. Check its name and your permissions.',
  )
})

test('what a sentence names must be given: the compiler refuses a call without it', () => {
  // @ts-expect-error the sentence names "what"
  const missing: Problem = problem('file_unreadable', { file: 'a.txt', why: 'it is a folder' })
  expect(missing.message).toContain('cannot be read: what')
})

test('what fills a sentence is a text or a number: nobody reads "undefined" or "[object Object]"', () => {
  const found: { name?: string } = {}
  // @ts-expect-error it may be undefined
  problem('database_too_old', { found: found.name })
  // @ts-expect-error an object
  problem('file_unreadable', { file: 'a.txt', what: found })
})
