/** Which sites may send a person's changes. Every operation, every way of writing it: server/roles.db.test.ts. */
import { describe, expect, test } from 'vitest'
import { isOwnOrigin } from './principal.ts'

describe('the origin of a request is ours', () => {
  const https = new URL('https://sms.example.com')
  const http = new URL('http://localhost:8080')
  test.each([
    ['the address of the installation', 'https://sms.example.com', 'sms.example.com', https, true],
    ['another name that leads here', 'https://sms.internal', 'sms.internal', https, true],
    [
      'the same name without https, where somebody on the line writes pages',
      'http://sms.example.com',
      'sms.example.com',
      https,
      false,
    ],
    ['another port of the same machine', 'http://localhost:8081', 'localhost:8080', http, false],
    ['a machine in the office that has no https', 'http://192.168.1.5:8080', '192.168.1.5:8080', http, true],
    ['another site', 'https://evil.example', 'sms.example.com', https, false],
    ['a page of no origin', 'null', 'sms.example.com', https, false],
    ['no address', '', 'sms.example.com', https, false],
    ['no host', 'https://evil.example', undefined, https, false],
  ])('%s', (_, origin, host, url, own) => expect(isOwnOrigin(origin, host, url)).toBe(own))
})
