/** Not sent, by reason: how many were left out by each, the most frequent first. */
import { Progress, Stack, Text, Tooltip } from '@mantine/core'
import { notSentReasons } from '../../../core/audience/reasons.ts'
import { rate } from '../../../core/report/figures.ts'
import { count, percent } from '../../ui/numbers.ts'
import { Panel } from '../../ui/Panel.tsx'
import classes from './Reasons.module.css'

const wordsOf = new Map<string, { label: string; sentence: string }>(notSentReasons.map(reason => [reason.key, reason]))

/** Takes what the report and the audience of a draft have in common. */
export function Reasons({
  report,
}: {
  report: { notSentReasons: Record<string, number>; figures: { notSent: number } }
}) {
  const rows = Object.entries(report.notSentReasons)
    .filter(([, n]) => n > 0)
    .sort(([, a], [, b]) => b - a)
  if (rows.length === 0) return null
  return (
    <Panel title="Reasons">
      <ReasonBars rows={rows} total={report.figures.notSent} />
    </Panel>
  )
}

export function ReasonBars({
  rows,
  total,
}: {
  rows: readonly (readonly [reason: string, n: number])[]
  total: number
}) {
  return (
    <Stack component="ul" gap={8} m={0} p={0} style={{ listStyle: 'none' }}>
      {rows.map(([reason, n]) => {
        const words = wordsOf.get(reason)
        return (
          <li key={reason} className={classes.row}>
            <Tooltip label={words?.sentence ?? reason} position="top-start">
              <Text size="sm">{words?.label ?? reason}</Text>
            </Tooltip>
            <Progress value={(rate(n, total) ?? 0) * 100} color="gray" size="sm" aria-hidden className={classes.bar} />
            <Text size="sm" ta="right" className="figures">
              {count(n)}
            </Text>
            <Text size="sm" ta="right" c="dimmed" className="figures">
              {percent(rate(n, total))}
            </Text>
          </li>
        )
      })}
    </Stack>
  )
}
