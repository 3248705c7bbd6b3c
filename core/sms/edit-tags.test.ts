import { expect, test } from 'vitest'
import { withDefault, withoutTag } from './edit-tags.ts'

test('a default is given to the tags that have none', () => {
  expect(withDefault('Hej ##first_name##, ##first_name|du## ##city##', 'first_name', 'vän')).toBe(
    'Hej ##first_name|vän##, ##first_name|du## ##city##',
  )
})

test('a tag that is left out gives way to its default, or goes with the space before it', () => {
  expect(withoutTag('Hej ##first_name##! ##city|Åre## ###first_name##', 'first_name')).toBe('Hej! ##city|Åre## #')
  expect(withoutTag('Hej ##first_name|vän##!', 'first_name')).toBe('Hej vän!')
})
