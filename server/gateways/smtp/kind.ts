/** SMTP as a kind of gateway. */
import { defineKind } from '../kind.ts'
import { dnsRecordsOf } from './dns-records.ts'
import { SmtpGateway } from './smtp-gateway.ts'
import {
  canonicalSmtp,
  readSmtpUrl,
  SmtpSecrets,
  SmtpSettings,
  smtpAccountOf,
  smtpAddressOf,
  smtpUrlForm,
  unsafeSetting,
  withDkimKey,
} from './smtp-settings.ts'

export const smtp = defineKind({
  channel: 'email',
  name: 'smtp',
  label: 'SMTP',
  // Connections at the same time: large providers refuse more of one client.
  window: 4,
  settings: SmtpSettings,
  secrets: SmtpSecrets,
  canonical: canonicalSmtp,
  fault: unsafeSetting,
  complete: withDkimKey,
  records: dnsRecordsOf,
  host: ({ host }) => host,
  address: smtpAddressOf,
  account: smtpAccountOf,
  url: { form: smtpUrlForm, read: readSmtpUrl },
  open: (input, handlers) => new SmtpGateway(input, handlers),
})
