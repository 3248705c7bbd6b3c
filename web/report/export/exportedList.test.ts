import { expect, test } from 'vitest'
import { figuresOf } from '../../../core/report/figures.ts'
import { exportedList } from './exportedList.ts'

const report = {
  figures: { ...figuresOf(new Map()), sent: 10, bounced: 4, bouncedHard: 3, unique: 2, notSent: 5 },
  links: [{ id: 7, url: 'https://example.com', clicks: 3, unique: 1, botClicks: 0, visited: 1 }],
  channel: 'sms' as const,
  notSentReasons: { landline: 5 },
}

test('an export has the filters of the list that the page shows', () => {
  expect(exportedList(report, { tab: 'bounced', bounce: 'hard', sort: 'name' })).toMatchObject({
    label: 'Bounced, Hard',
    rows: 3,
    filters: { bounce: 'hard', sort: 'name' },
  })
  expect(exportedList(report, { tab: 'not-sent', reason: 'landline' })).toMatchObject({
    label: 'Not sent, Landline',
    rows: 5,
    filters: { reason: 'landline' },
  })
  expect(exportedList(report, { tab: 'clicks', link: 7 })).toMatchObject({ rows: 1, filters: { link: 7 } })
  expect(exportedList(report, { tab: 'sent', search: 'Anna' })).toMatchObject({
    label: 'Sent, matching “Anna”',
    rows: null,
    filters: { search: 'Anna' },
  })
})

test('a reason is in the words of the channel', () => {
  const shown = { tab: 'not-sent', reason: 'no_address' } as const
  expect(exportedList(report, shown)).toMatchObject({ label: 'Not sent, No number' })
  expect(exportedList({ ...report, channel: 'email' }, shown)).toMatchObject({ label: 'Not sent, No address' })
})

test('a tab without a list exports Sent; filters of another list do not apply', () => {
  expect(exportedList(report, { tab: 'charts', search: 'Anna' })).toMatchObject({
    label: 'Sent',
    rows: 10,
    filters: {},
  })
  expect(exportedList(report, { tab: 'sent', bounce: 'hard', link: 7 })).toMatchObject({ rows: 10, filters: {} })
})
