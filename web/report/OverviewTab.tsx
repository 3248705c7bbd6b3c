/** Overview: how it did; then what was sent, to which topics and at what cost; then all figures. */
import { Stack, Text } from '@mantine/core'
import { channels } from '../../core/channels.ts'
import { Facts } from '../ui/Facts.tsx'
import { Panel } from '../ui/Panel.tsx'
import { Time } from '../ui/Time.tsx'
import { Answer } from './Answer.tsx'
import { Breakdown } from './Breakdown.tsx'
import { EmailAsSent } from './EmailAsSent.tsx'
import { MessageText } from './MessageText.tsx'
import { PlannedReminder } from './PlannedReminder.tsx'
import type { Report } from './queries.ts'
import classes from './ReportPage.module.css'
import { SendingTo } from './SendingTo.tsx'
import { StateNote } from './StateNote.tsx'
import { TotalCredits } from './TotalCredits.tsx'

export function OverviewTab({ report }: { report: Report }) {
  const { overview, channel } = report
  const { email } = overview
  return (
    <Stack gap="lg">
      <StateNote report={report} />
      <PlannedReminder report={report} />
      {report.overview.frozenAt !== null && report.figures.targeted > 0 && <Answer report={report} />}
      <Panel title={channel === 'sms' ? 'SMS Overview' : 'E-mail overview'}>
        <div className={classes.overview}>
          <Facts
            facts={[
              ['Name', report.name],
              ['Sender', email?.fromName ? `${email.fromName} <${overview.sender}>` : overview.sender],
              email !== null && ['Subject', email.subject],
              ['Sending to', <SendingTo key="to" report={report} />],
              channels[channel].isCharged && ['Total credits', <TotalCredits key="credits" total={report.credits} />],
              planned(overview) && ['Scheduled for', <Time key="at" at={overview.sendAt} />],
              ['Started', <Time key="started" at={overview.startedAt} />],
              ['Audience locked', <Time key="frozen" at={overview.frozenAt} />],
              ['Finished', <Time key="finished" at={overview.finishedAt} />],
            ]}
          />
          {email === null && (
            <div>
              <Text size="sm" c="dimmed" mb={6}>
                Text
              </Text>
              <MessageText text={overview.text} smart={overview.smart} />
            </div>
          )}
        </div>
      </Panel>
      {email !== null && (
        <Panel title="The e-mail" description="With the defaults of its data tags.">
          <EmailAsSent email={email} />
        </Panel>
      )}
      <Breakdown report={report} />
    </Stack>
  )
}

/** Scheduled for a later time, not sent at once. */
function planned({ sendAt, startedAt }: Report['overview']): boolean {
  return sendAt !== null && (startedAt === null || Date.parse(startedAt) - Date.parse(sendAt) > 60_000)
}
