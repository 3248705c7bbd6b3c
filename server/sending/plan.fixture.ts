/** For tests: the plan of an activity without a database. */
import { contentOf } from '../../core/activities/content.ts'
import { priceListOf } from '../../core/credits/prices.ts'
import { parseTemplate } from '../../core/sms/template.ts'
import { makeMailTokens } from '../links/mail-token.ts'
import { makeSealer } from '../links/seal.ts'
import type { SendingPlan } from './plan.ts'

export const planOf = (more: Partial<SendingPlan> = {}): SendingPlan => ({
  activityId: 1,
  workspaceId: 1,
  channel: 'sms',
  gatewayId: 1,
  content: contentOf({ channel: 'sms', sender: 'Homing' }),
  template: parseTemplate('Hi ##first_name|there##!', { smart: true }),
  topics: [1],
  frequency: null,
  reminds: null,
  frozenAt: null,
  slots: 0,
  codeBase: 0,
  codeSpan: 0,
  codeLength: 11,
  linkUrl: 'https://l.example',
  latestAt: null,
  isTest: false,
  prices: priceListOf([{ prefix: '+46', creditsE4: 500 }]),
  maxParts: 10,
  sealer: makeSealer({ k1: Buffer.alloc(16, 1), k2: Buffer.alloc(16, 2) }),
  mailTokens: makeMailTokens([Buffer.alloc(16, 1), Buffer.alloc(16, 2)]),
  ...more,
})
