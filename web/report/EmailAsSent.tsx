/** An e-mail as it was sent, with the defaults of its data tags. */

import type { ContentOf } from '../../core/activities/content.ts'
import { emailTemplate } from '../../core/activities/tags.ts'
import { renderEmail } from '../../core/email/email-template.ts'
import { headerLine, renderPieces } from '../../core/email/pieces.ts'
import { EmailFrame } from '../activities/wizard/email/EmailFrame.tsx'
import { sampleLink } from '../activities/wizard/sms/preview.ts'
import { useLinkUrl } from '../shell/installation.ts'

export function EmailAsSent({ email }: { email: ContentOf<'email'> }) {
  const template = emailTemplate(email)
  const link = sampleLink(useLinkUrl())
  const addresses = { linkFor: (slot: number) => template.links[slot]?.url ?? link, unsubscribe: link }
  const preheader = headerLine(renderPieces(template.preheader, {}, addresses))
  return <EmailFrame mail={renderEmail(template, {}, addresses)} sender={email.sender} preheader={preheader} />
}
