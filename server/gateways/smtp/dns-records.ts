/** What do the domains of a mail gateway have to say of themselves? RFC 6376 §3.6.1 (DKIM), RFC 7208 (SPF), RFC 9989 (DMARC). */
import type { DnsRecord } from '../kind.ts'
import type { SmtpSettings } from './smtp-settings.ts'

/** `host`: of this installation, for the receiver of returned e-mails. */
export function dnsRecordsOf(settings: SmtpSettings, host: string): DnsRecord[] {
  const { bounceDomain, dkimDomain, dkimSelector, dkimPublicKey } = settings
  const records: DnsRecord[] = [
    {
      type: 'MX',
      name: bounceDomain,
      value: `10 ${host}.`,
      why: 'Reports of later failures come here. It needs HOMING_MAIL_PORT.',
    },
    {
      type: 'TXT',
      name: bounceDomain,
      value: 'v=spf1 include:YOUR-PROVIDER ~all',
      why: 'SPF is checked at the domain for bounces. Your provider tells you what to include.',
    },
  ]
  if (dkimDomain === undefined) return records
  if (dkimPublicKey !== undefined)
    records.push({
      type: 'TXT',
      name: `${dkimSelector}._domainkey.${dkimDomain}`,
      value: `v=DKIM1; k=rsa; p=${dkimPublicKey}`,
      why: 'The key that proves the signature of each e-mail.',
    })
  records.push({
    type: 'TXT',
    name: `_dmarc.${dkimDomain}`,
    value: 'v=DMARC1; p=none',
    why: 'Gmail, Microsoft and Yahoo ask for it. Where there is one already, keep it.',
  })
  return records
}
