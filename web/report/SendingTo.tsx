/** Sending to: the topics on one line; the arrow unfolds all settings as they were when sending started. */
import { audienceInWords, choicesInWords, duplicatesInWords } from '../../core/activities/send-to.ts'
import { frequencyInWords } from '../../core/frequency.ts'
import { type Fact, Facts } from '../ui/Facts.tsx'
import { none } from '../ui/numbers.ts'
import { Time } from '../ui/Time.tsx'
import { Unfold } from '../ui/Unfold.tsx'
import type { Report } from './queries.ts'
import classes from './ReportPage.module.css'

export function SendingTo({ report: { channel, overview } }: { report: Report }) {
  const { sendTo, gateway, smart, sendAt, latestAt } = overview
  const topics = sendTo.topics.join(', ')
  const facts: Fact[] = [
    ['Topics', topics || none],
    ...choicesInWords(sendTo),
    ['Duplicates', duplicatesInWords(sendTo.duplicates, channel)],
    ['Audience', audienceInWords(sendTo.frozen)],
    ['Frequency', frequencyInWords(sendTo.frequency, channel)],
    ['Gateway', gateway ?? none],
    ['Scheduled for', <Time key="at" at={sendAt} exact />],
    ['Latest time', latestAt ? <Time key="latest" at={latestAt} exact /> : 'None'],
    ['Smart encoding', smart ? 'On: replaces characters that would add parts' : 'Off'],
  ]
  return (
    <Unfold label={topics || 'No topic'}>
      <div className={classes.settings}>
        <Facts facts={facts} />
      </div>
    </Unfold>
  )
}
