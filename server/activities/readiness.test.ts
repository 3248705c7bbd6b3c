import { describe, expect, test } from 'vitest'
import { isPublic } from './readiness.ts'

describe('an address is public', () => {
  test.each(['https://sms.example.se', 'https://a.b.co/x', 'https://8.8.8.8', 'https://[2001:4860::1]'])(
    '%s',
    address => {
      expect(isPublic(address)).toBe(true)
    },
  )
  test.each([
    'http://sms.example.se',
    'https://localhost',
    'https://homing',
    'https://127.0.0.1',
    'https://10.1.2.3',
    'https://192.168.1.1:8080',
    'https://172.20.0.1',
    'https://169.254.1.1',
    'https://[::1]',
    'https://[fd00::1]',
    'https://box.local',
    'nonsense',
  ])('not %s', address => {
    expect(isPublic(address)).toBe(false)
  })
})
