import { expect, test } from 'vitest'
import { detailsOf, shortId } from './auditWords.ts'

const id = '3f2a9c01-1111-4222-8333-444455556666'

test('the fields of a change are named as on the pages, each once', () => {
  expect(detailsOf({ fields: ['host', 'port', 'systemId', 'password'] })).toBe('address, user and password changed')
  expect(detailsOf({ fields: ['rate', 'settings.host', 'settings.port', 'settings.apiKey'] })).toBe(
    'rate, address and api key changed',
  )
  expect(detailsOf({ fields: ['email'], email: 'b@x.example', was: 'a@x.example' })).toBe(
    'e-mail changed, e-mail b@x.example, was a@x.example',
  )
  expect(detailsOf({ fields: ['body', 'sendAt'] })).toBe('text and time changed')
})

test('an id is replaced by a name, or else shortened', () => {
  const nameOf = (subject: string) => (subject === `user ${id}` ? 'Ada' : undefined)
  expect(detailsOf({ role: 'editor', invitedBy: `user ${id}` }, nameOf)).toBe('role editor, invited by Ada')
  expect(detailsOf({ invitedBy: `user ${id}` })).toBe('invited by user 3f2a9c01')
  expect([shortId(`user ${id}`), shortId('activity 12'), shortId('gateway 3')]).toEqual([
    'user 3f2a9c01',
    'SMS 12',
    'gateway 3',
  ])
})
