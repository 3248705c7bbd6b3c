import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { describeNotSent, isNotSentReason, notSentReasonKeys, notSentReasons } from '../audience/not-sent-reasons.ts'
import type { Channel } from '../channels.ts'
import { messageStatuses } from '../messages/fold.ts'
import { completenessOf, figure, figureKeys, figures, figuresOf, rate, rateOf, tooltipOf } from './figures.ts'
import { columnsOf, tab, tabs } from './tabs.ts'

const names = [...new Set(figures.flatMap(({ tallies }) => tallies)), 'targeted', 'charged', 'not_sent:no_consent']
const anyTallies = fc.array(fc.tuple(fc.constantFrom(...names), fc.nat(1e9))).map(rows => new Map<string, number>(rows))

describe('for all tallies', () => {
  test('Targeted = Not sent + Queued + Sent, and Sent = Delivered + Bounced + Pending', () => {
    fc.assert(
      fc.property(anyTallies, tallies => {
        const f = figuresOf(tallies)
        expect(f.targeted).toBe(f.notSent + f.queued + f.sent)
        expect(f.sent).toBe(f.delivered + f.bounced + f.pending)
        expect(f.bounced).toBe(f.bouncedHard + f.bouncedSoftRetrying + f.bouncedSoftFinal)
      }),
    )
  })

  test('completeness is between 0 and 1, and is 1 only when nothing is queued, pending or retrying', () => {
    fc.assert(
      fc.property(anyTallies, tallies => {
        const complete = completenessOf(tallies)
        expect(complete).toBeGreaterThanOrEqual(0)
        expect(complete).toBeLessThanOrEqual(1)
        const open = ['queued', 'pending', 'bounced_soft_retrying'].some(key => (tallies.get(key) ?? 0) > 0)
        expect(complete === 1).toBe(!open)
      }),
    )
  })

  test('each status of a message is counted exactly once among Not sent, Queued, Delivered, Bounced and Pending', () => {
    const counted = (['notSent', 'queued', 'delivered', 'bounced', 'pending'] as const).flatMap(
      key => figure(key).tallies,
    )
    expect([...counted].sort()).toEqual([...messageStatuses].sort())
  })
})

describe('the table of figures', () => {
  test('every figure has a label, and a tooltip that names its denominator', () => {
    for (const { key, label, denominator } of figures) {
      const tooltip = tooltipOf(key, 'sms')
      expect(label).not.toBe('')
      expect(tooltip).toMatch(/^[A-Z].*\.$/)
      if (denominator !== null) expect(tooltip).toContain(figure(denominator).label)
    }
  })

  test('a figure over messages is the sum of the tallies of its statuses', () => {
    for (const { counts, tallies } of figures) if ('statuses' in counts) expect(tallies).toEqual(counts.statuses)
  })

  test('without targeted profiles the report is complete, and a rate with denominator 0 is null', () => {
    expect(completenessOf(new Map())).toBe(1)
    expect(rate(0, 0)).toBeNull()
    expect(rateOf('unique', figuresOf(new Map([['unique', 3]])))).toBeNull()
    expect(
      rateOf(
        'unique',
        figuresOf(
          new Map([
            ['unique', 3],
            ['delivered', 12],
          ]),
        ),
      ),
    ).toBe(0.25)
    expect(rateOf('targeted', figuresOf(new Map([['queued', 3]])))).toBeNull()
  })

  test('suspects count as bots until there is evidence of a person', () => {
    const f = figuresOf(
      new Map([
        ['clicks', 5],
        ['suspect_clicks', 2],
        ['bot_clicks', 3],
      ]),
    )
    expect(f).toMatchObject({ clicks: 5, botClicks: 5 })
  })
})

describe('tabs and reasons', () => {
  test('a tab is found by its name and counts a figure of profiles', () => {
    for (const { key, figure: counted } of tabs) {
      expect(tab(key)?.key).toBe(key)
      expect('clicks' in figure(counted).counts).toBe(false)
    }
    expect(tab('constructor')).toBeUndefined()
  })

  test('the reasons keep their order and have texts', () => {
    expect(notSentReasonKeys.join(' ')).toBe(
      'no_consent opted_out suppressed hard_bounces no_address invalid_address landline number_type duplicate_address frequency clicked_before no_price needs_credits too_long too_late cancelled erased',
    )
    for (const { key, sentence } of notSentReasons('sms')) expect(describeNotSent(key, 'sms')).toBe(sentence)
    expect(isNotSentReason('constructor')).toBe(false)
    expect(describeNotSent('newer_reason', 'sms')).toBe('newer_reason')
  })
})

describe('on another channel', () => {
  test('a figure is explained in the words of the channel', () => {
    for (const key of figureKeys) {
      const [tooltip, words] = [tooltipOf(key, 'sms'), tooltipOf(key, 'email')]
      expect(words).not.toMatch(/SMS|phone|number/)
      if (/SMS|phone|number/.test(tooltip)) expect(words).toMatch(/e-mail|address/)
    }
  })

  test('a tab has the same columns, with the address of the channel first', () => {
    const columns = (channel: Channel) => tabs.map(one => columnsOf(one, channel).map(({ label }) => label))
    expect(columns('sms')[0]).toEqual(['Name', 'Phone', 'E-mail', 'Key', 'State', 'Sent'])
    expect(columns('email')[0]).toEqual(['Name', 'E-mail', 'Phone', 'Key', 'State', 'Sent'])
    expect(columns('email').map(labels => labels.toSorted())).toEqual(columns('sms').map(labels => labels.toSorted()))
  })
})
