/** SMPP as a kind of gateway. */
import { defineKind } from '../kind.ts'
import { SmppGateway } from './gateway.ts'
import { accountOf, addressOf, canonicalSettings, readSmppUrl, SmppSecrets, SmppSettings } from './settings.ts'

export const smpp = defineKind({
  name: 'smpp',
  label: 'SMPP',
  settings: SmppSettings,
  secrets: SmppSecrets,
  canonical: canonicalSettings,
  host: ({ host }) => host,
  address: addressOf,
  account: accountOf,
  readUrl: readSmppUrl,
  open: (input, handlers) => new SmppGateway(input, handlers),
})
