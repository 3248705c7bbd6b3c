import { describe, expect, test } from 'vitest'
import { Problem } from '../../core/problems.ts'
import { isLoopback, parseGatewayUrl } from './gateways.ts'

describe('the address of a gateway', () => {
  test('is read with its user, password, host and port', () => {
    expect(parseGatewayUrl('smpp://user:p%40ss@smpp.example.com:3550')).toEqual({
      host: 'smpp.example.com',
      port: 3550,
      systemId: 'user',
      password: 'p@ss',
    })
    expect(parseGatewayUrl('smpp://user:pw@[::1]')).toEqual({
      host: '::1',
      port: 2775,
      systemId: 'user',
      password: 'pw',
    })
  })

  test.each([
    'http://user:geheim12@host:1',
    'smpp://host:1',
    'smpp://user:geheim12@host:0',
    'smpp://user:geheim12@host:1/path',
    'smpp://user:geheim12@:2775',
    'smpp://user-with-a-long-name:geheim12@host',
    'smpp://user:geheim12%zz@host',
    'smpp://us%C3%A9r:geheim12@host',
    'nonsense geheim12',
    '',
  ])('is refused without repeating the password: %s', text => {
    try {
      parseGatewayUrl(text)
      expect.unreachable()
    } catch (error) {
      expect(error).toBeInstanceOf(Problem)
      expect(error).toMatchObject({ code: 'gateway_url' })
      expect(String(error)).not.toContain('geheim12')
    }
  })

  test('this machine is a loopback host, others are not', () => {
    expect(['localhost', '127.0.0.1', '127.9.9.9', '::1', 'a.localhost'].every(isLoopback)).toBe(true)
    expect(['localhost.example.com', '128.0.0.1', '10.0.0.1', 'smpp.example.com'].some(isLoopback)).toBe(false)
  })
})
