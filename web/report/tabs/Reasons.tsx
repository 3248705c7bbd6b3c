/** Not sent by reason, the most frequent first. */
import { Stack, Text, Tooltip } from '@mantine/core'
import type { ReactNode } from 'react'
import { notSentReason } from '../../../core/audience/not-sent-reasons.ts'
import type { Channel } from '../../../core/channels.ts'
import { rate } from '../../../core/report/figures.ts'
import { paths } from '../../paths.ts'
import { useWorkspace } from '../../shell/me.ts'
import { TextLink } from '../../ui/links.tsx'
import { count, percent } from '../../ui/numbers.ts'
import { Panel } from '../../ui/Panel.tsx'
import { CreateSegmentMenu } from '../CreateSegment.tsx'
import type { Report } from '../queries.ts'
import classes from './Reasons.module.css'

/** Each reason links to its profiles. The chosen reason is in the address. */
export function Reasons({ report, chosen }: { report: Report; chosen: string | undefined }) {
  const workspace = useWorkspace()
  const rows = Object.entries(report.notSentReasons)
    .filter(([, n]) => n > 0)
    .sort(([, a], [, b]) => b - a)
  if (rows.length === 0) return null
  const listOf = (reason?: string) =>
    paths.report(workspace.id, report.activity, { tab: 'not-sent', ...(reason && { reason }) })
  return (
    <Panel
      title="Reasons"
      aside={
        chosen !== undefined && (
          <TextLink {...listOf()} size="sm" resetScroll={false}>
            Show profiles of all reasons
          </TextLink>
        )
      }
    >
      <ReasonBars
        rows={rows}
        total={report.figures.notSent}
        channel={report.channel}
        beside={(reason, label) => (
          <CreateSegmentMenu
            report={report}
            people={[{ figure: 'notSent', where: { reasons: [reason] }, of: label }]}
            name={label}
          />
        )}
        link={(reason, label) => (
          <TextLink
            {...listOf(reason)}
            size="sm"
            fw={reason === chosen ? 600 : undefined}
            aria-current={reason === chosen ? 'true' : undefined}
            resetScroll={false}
          >
            {label}
          </TextLink>
        )}
      />
    </Panel>
  )
}

export function ReasonBars({
  rows,
  total,
  channel,
  link,
  beside,
}: {
  rows: readonly (readonly [reason: string, n: number])[]
  total: number
  channel: Channel
  link?: (reason: string, label: string) => ReactNode
  /** what can be done with its people */
  beside?: (reason: string, label: string) => ReactNode
}) {
  return (
    <Stack component="ul" gap={8} m={0} p={0} style={{ listStyle: 'none' }}>
      {rows.map(([reason, n]) => {
        const words = notSentReason(reason, channel)
        return (
          <li key={reason} className={classes.row} data-beside={beside !== undefined || undefined}>
            <Tooltip label={words?.sentence ?? reason} position="top-start">
              <Text size="sm" component="div">
                {link ? link(reason, words?.label ?? reason) : (words?.label ?? reason)}
              </Text>
            </Tooltip>
            <span className={classes.bar} aria-hidden>
              <span style={{ width: `${(rate(n, total) ?? 0) * 100}%` }} />
            </span>
            <Text size="sm" ta="right" className="figures">
              {count(n)}
            </Text>
            <Text size="sm" ta="right" c="dimmed" className="figures">
              {percent(rate(n, total))}
            </Text>
            {beside?.(reason, words?.label ?? reason)}
          </li>
        )
      })}
    </Stack>
  )
}
