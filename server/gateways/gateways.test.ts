import { expect, test } from 'vitest'
import { isLoopback } from './gateways.ts'

test('this machine is a loopback host, others are not', () => {
  expect(['localhost', '127.0.0.1', '127.9.9.9', '::1', 'a.localhost'].every(isLoopback)).toBe(true)
  expect(['localhost.example.com', '128.0.0.1', '10.0.0.1', 'smpp.example.com'].some(isLoopback)).toBe(false)
})
