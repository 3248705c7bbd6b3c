import { type ContractInput, gatewayContract } from '../contract.fixture.ts'
import type { RenderedEmail } from '../gateway.ts'
import { outgoingEmail } from '../outgoing.fixture.ts'
import { SmtpGateway } from './smtp-gateway.ts'
import { startSmtpPeer } from './smtp-peer.fixture.ts'
import type { SmtpLogin } from './smtp-settings.ts'

const contract: ContractInput<SmtpLogin, RenderedEmail> = {
  start: () => startSmtpPeer(),
  settings: port => ({
    ...{ host: '127.0.0.1', port, security: 'none', password: '' },
    ...{ bounceDomain: 'bounce.example.com', perConnection: 200, dkimSelector: 'homing1' },
  }),
  message: outgoingEmail,
  parts: () => 1,
  open: (input, handlers, answerMs) =>
    new SmtpGateway(input, handlers, { answerMs, reconnectMs: 10, reconnectMaxMs: 20, closeMs: 500 }),
}

gatewayContract('SMTP', contract)
