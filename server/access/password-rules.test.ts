import { expect, test } from 'vitest'
import { checkPassword } from './password-rules.ts'

const own = ['ada@new.example', 'owner@homing.invalid', 'Ada Love']

test.each([
  ['homing12345', 'is common: the name of this product'],
  ['HOMING homing 7', 'is common: the name of this product'],
  ['owner-homing-2026', 'is your own address'],
  ['owner.homing.invalid!', 'is your own address'],
  ['ada-new-example-26', 'is your own address'],
  ['Love-Ada-199999', 'is your own address'],
  ['homing brings pigeons', undefined],
  ['ada likes warm rivers', undefined],
])('of "%s", the answer is: %s', (password, why) => {
  const title = checkPassword(password, own)?.title
  if (why === undefined) expect(title).toBeUndefined()
  else expect(title).toContain(why)
})
