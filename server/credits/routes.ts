/** Credits over HTTP: what there is, what is set aside, what was spent. */
import { Type } from '@fastify/type-provider-typebox'
import type { App, Deps } from '../platform/http/http-server.ts'
import { getCredits } from './balance.ts'

const Amount = Type.Object({
  credits: Type.String({ description: 'decimal, four places' }),
  money: Type.String({ description: 'decimal, in the currency of the workspace and with its decimals (JPY 0, KWD 3)' }),
})
const CreditsView = Type.Object({
  limited: Type.Boolean({ description: 'false: sending is not bounded by credits' }),
  currency: Type.String(),
  creditValue: Type.String({ description: 'what one credit is worth, decimal' }),
  available: Type.Union([Amount, Type.Null()], {
    description: 'granted, and neither spent nor set aside; null where no limit is set',
  }),
  reserved: Type.Object(Amount.properties, { description: 'set aside for what is being sent' }),
  spentThisMonth: Type.Object(Amount.properties, {
    description: 'charged since the first of the month in the time zone of the workspace',
  }),
  simulatedThisMonth: Type.Object(Amount.properties, {
    description: 'of what was charged this month, over the built-in simulator: nobody pays for it',
  }),
})

export async function routes(app: App, { db, clock }: Deps): Promise<void> {
  app.get(
    '/credits',
    {
      schema: {
        operationId: 'getCredits',
        summary: 'What is available, what is set aside, what was spent this month',
        tags: ['credits'],
        params: Type.Object({ w: Type.Integer() }),
        response: { 200: CreditsView },
      },
    },
    async ({ workspace }) => getCredits(db, workspace.id, clock.now()),
  )
}
