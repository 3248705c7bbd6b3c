import { describe, expect, test } from 'vitest'
import { channelKeys, channelOf, channels, isChannel, perChannel, UnknownChannel } from './channels.ts'

describe('channels', () => {
  test('each is in the list of keys, once', () => {
    expect(channelKeys).toEqual(Object.keys(channels))
    expect(Object.keys(perChannel(channel => channels[channel]))).toEqual(channelKeys)
  })

  test('no two keep their addresses in the same column', () => {
    expect(new Set(channelKeys.map(key => channels[key].addressColumn)).size).toBe(channelKeys.length)
  })

  test.each(['fax', '', 'SMS', 'constructor', '__proto__'])('%j is none, and the error names it', key => {
    expect(isChannel(key)).toBe(false)
    expect(() => channelOf(key)).toThrow(UnknownChannel)
    expect(() => channelOf(key)).toThrow(`“${key}”`)
  })
})
