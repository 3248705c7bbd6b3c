import { expect, test } from 'vitest'
import { readEmail } from './email-check.ts'

test('an address is kept in lower case, valid or not', () => {
  expect(readEmail(' Anna@Example.COM ')).toEqual({ email: 'anna@example.com', valid: true })
  expect(readEmail('åsa@örebro.se').valid).toBe(true)
  for (const bad of [
    'anna',
    'anna@',
    '@x.se',
    'a b@x.se',
    'a@x',
    'a@@x.se',
    'a..b@x.se',
    'a@x.se,b@x.se',
    `${'a'.repeat(250)}@x.se`,
    'a@-x.se',
    // What no mail server is given.
    `${'å'.repeat(33)}@x.se`,
    'an\u200bna@x.se',
    'an\u00adna@x.se',
  ]) {
    expect(readEmail(bad).valid, bad).toBe(false)
  }
})
