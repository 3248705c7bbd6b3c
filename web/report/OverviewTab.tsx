/** Overview: what was sent, to whom and for how much; below it the breakdown of what came of it. */
import { Button, Collapse, Group, Stack, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconChevronDown, IconChevronRight } from '@tabler/icons-react'
import { useId } from 'react'
import { Facts } from '../ui/Facts.tsx'
import { credits, none } from '../ui/numbers.ts'
import { Panel } from '../ui/Panel.tsx'
import { Time } from '../ui/Time.tsx'
import { Breakdown } from './Breakdown.tsx'
import type { Report } from './queries.ts'
import classes from './ReportPage.module.css'

export function OverviewTab({ report }: { report: Report }) {
  const { overview } = report
  return (
    <Stack gap="lg">
      <Panel title="SMS Overview">
        <div className={classes.overview}>
          <Facts
            facts={[
              ['Sender', overview.sender],
              ['Sending to', <SendingTo key="to" report={report} />],
              ['Total credits', <TotalCredits key="credits" credits={report.credits} />],
              planned(overview) && ['Scheduled for', <Time key="at" at={overview.sendAt} exact />],
              ['Started', <Time key="started" at={overview.startedAt} exact />],
              ['Finished', overview.finishedAt ? <Time key="finished" at={overview.finishedAt} exact /> : none],
            ]}
          />
          <div>
            <Text size="sm" c="dimmed" mb={6}>
              Text
            </Text>
            <p className={classes.message} dir="auto">
              {overview.text}
            </p>
          </div>
        </div>
      </Panel>
      <Breakdown report={report} />
    </Stack>
  )
}

/** A time of its own, not "at once". */
function planned({ sendAt, startedAt }: Report['overview']): boolean {
  return sendAt !== null && (startedAt === null || Date.parse(startedAt) - Date.parse(sendAt) > 60_000)
}

/** One line, and behind the arrow all settings as they were at sending. */
function SendingTo({ report }: { report: Report }) {
  const [opened, { toggle }] = useDisclosure()
  const id = useId()
  const { sendTo, gateway } = report.overview
  const Arrow = opened ? IconChevronDown : IconChevronRight
  return (
    <>
      <Button
        variant="default"
        size="compact-sm"
        mt={-2}
        rightSection={<Arrow size={14} aria-hidden />}
        aria-expanded={opened}
        aria-controls={id}
        onClick={toggle}
      >
        {sendTo.topics.length > 0 ? sendTo.topics.join(', ') : 'No topic'}
      </Button>
      <Collapse expanded={opened} id={id}>
        <Stack gap={4} pt={6} pl={2}>
          <Setting name="Topics" value={sendTo.topics.join(', ') || none} />
          <Setting
            name="Duplicates"
            value={
              sendTo.duplicates === 'all'
                ? 'One SMS to each profile, also where numbers are the same'
                : 'One SMS per number'
            }
          />
          <Setting name="Gateway" value={gateway ?? none} />
        </Stack>
      </Collapse>
    </>
  )
}

function Setting({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <Text span inherit c="dimmed">
        {name}:{' '}
      </Text>
      {value}
    </div>
  )
}

function TotalCredits({ credits: { charged, reserved } }: { credits: Report['credits'] }) {
  return (
    <Group gap={6} className="figures">
      <span>{credits(charged)} charged</span>
      {Number(reserved) > 0 && (
        <Text span inherit c="dimmed">
          of {credits(reserved)} reserved
        </Text>
      )}
    </Group>
  )
}
