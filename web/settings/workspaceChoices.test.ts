import { expect, test } from 'vitest'
import { regionOf } from './workspaceChoices.ts'

test('a language has a region, in whatever form a browser names it', () => {
  expect(['sv', 'de-AT', 'en-US@posix', 'pt'].map(regionOf)).toEqual(['SE', 'AT', 'US', 'BR'])
  expect(['', 'C', '@'].map(regionOf)).toEqual(['', '', ''])
})
