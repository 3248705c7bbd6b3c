/** The addresses at which providers deliver: `/webhooks/7` for the gateway 7, in front of sign-in. The answer has no body: some send it on as an SMS. */
import { problem } from '../../core/problems.ts'
import type { App } from '../platform/http/http-server.ts'
import { type Webhooks, webhookLimitBytes, webhookRoute } from './webhooks.ts'

export async function webhookRoutes(app: App, webhooks: Pick<Webhooks, 'take'>, url: string): Promise<void> {
  // The kinds read the body: its bytes are what a provider signs.
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
  app.route<{ Params: { id: string }; Body: Buffer | undefined }>({
    method: ['GET', 'POST'],
    url: webhookRoute,
    bodyLimit: webhookLimitBytes,
    exposeHeadRoute: false,
    schema: { hide: true },
    handler: async ({ params, raw, body = Buffer.alloc(0) }, reply) => {
      const { method = '', url: called = '', headers } = raw
      const gatewayId = /^[1-9]\d{0,9}$/.test(params.id) ? Number(params.id) : 0
      const taken = await webhooks.take(gatewayId, { method, url: `${url}${called}`, headers, body })
      if (taken === 'unknown') throw problem('not_found', { what: 'gateway' })
      if (taken === 'refused') throw problem('webhook_refused')
      if (taken === 'later') throw problem('webhook_later')
      return reply.code(204).send()
    },
  })
}
