/** SMPP as a kind of gateway. */
import { defineKind } from '../kind.ts'
import { SmppGateway } from './gateway.ts'
import {
  accountOf,
  addressOf,
  canonicalSettings,
  readSmppUrl,
  SmppSecrets,
  SmppSettings,
  smppUrlForm,
} from './smpp-settings.ts'

export const smpp = defineKind({
  channel: 'sms',
  name: 'smpp',
  label: 'SMPP',
  settings: SmppSettings,
  secrets: SmppSecrets,
  canonical: canonicalSettings,
  host: ({ host }) => host,
  address: addressOf,
  account: accountOf,
  url: { form: smppUrlForm, read: readSmppUrl },
  open: (input, handlers) => new SmppGateway(input, handlers),
})
