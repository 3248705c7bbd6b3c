import { expect, test } from 'vitest'
import { channelKeys, channels } from '../channels.ts'
import { describeNotSent, notSentReason, notSentReasonKeys } from './not-sent-reasons.ts'

test('a reason is worded for the channel of its message', () => {
  expect(describeNotSent('suppressed', 'sms')).toBe('The number was closed for SMS by hand.')
  expect(describeNotSent('suppressed', 'email')).toBe('The address was closed for e-mail by hand.')
  expect(notSentReason('no_address', 'email')).toMatchObject({
    label: 'No address',
    sentence: 'The profile has no e-mail address.',
  })
})

test('every reason has words on each channel, and none of them names another channel', () => {
  for (const channel of channelKeys)
    for (const key of notSentReasonKeys) {
      const { label, sentence } = notSentReason(key, channel)!
      const others = channelKeys.filter(other => other !== channel).map(other => channels[other].words.channel)
      for (const other of others) expect(`${label}. ${sentence}`).not.toContain(other)
    }
})

test('the number of hard bounces that close an address is that of the channel', () => {
  for (const channel of channelKeys)
    expect(describeNotSent('hard_bounces', channel)).toMatch(new RegExp(`^${channels[channel].closesAfter} messages `))
})

test('a key of a newer version is shown as it is', () => {
  expect(notSentReason('newer_reason', 'sms')).toBeUndefined()
  expect(describeNotSent('newer_reason', 'email')).toBe('newer_reason')
})
