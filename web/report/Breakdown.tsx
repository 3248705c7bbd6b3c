/**
 * SMS Breakdown: all figures, in bands that add up. Targeted = Not sent + Queued + Sent; Sent = Delivered + Bounced + Pending.
 * The last band counts responses.
 */
import { Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { type FigureKey, figure } from '../../core/report/figures.ts'
import { type BounceKind, bounceKindNames, bounceKinds, type TabKey, tabs } from '../../core/report/tabs.ts'
import { paths } from '../paths.ts'
import { useWorkspace } from '../shell/me.ts'
import { Figure } from '../ui/Figure.tsx'
import { Panel } from '../ui/Panel.tsx'
import { figureLooks } from '../ui/status.ts'
import { CreateSegmentMenu } from './CreateSegment.tsx'
import type { Report } from './queries.ts'
import classes from './ReportPage.module.css'

const bands: readonly { name: string; figures: readonly FigureKey[]; small?: boolean }[] = [
  { name: 'Audience', figures: ['targeted', 'notSent', 'queued', 'sent'] },
  { name: 'Delivery', figures: ['delivered', 'bounced', 'pending'] },
  { name: 'Bounces', figures: ['bouncedHard', 'bouncedSoftRetrying', 'bouncedSoftFinal'], small: true },
  { name: 'Response', figures: ['clicks', 'botClicks', 'unique', 'unsubscribed'] },
]

/** The list of a figure. */
const listOfFigure = new Map<FigureKey, { tab: TabKey; bounce?: BounceKind }>([
  ...tabs.map(tab => [tab.figure, { tab: tab.key }] as const),
  ...bounceKindNames.map(bounce => [bounceKinds[bounce], { tab: 'bounced', bounce }] as const),
])
const delivery = ['delivered', 'bounced', 'pending'] as const

export function Breakdown({ report }: { report: Report }) {
  const workspace = useWorkspace()
  const { figures } = report
  const listOf = (key: FigureKey) => {
    const list = listOfFigure.get(key)
    return list
      ? (number: string) => (
          <Link
            {...paths.report(workspace.id, report.activity, list)}
            style={{ color: 'inherit', textDecorationThickness: 1, textUnderlineOffset: 4 }}
          >
            {number}
          </Link>
        )
      : undefined
  }
  return (
    <Panel
      title={report.channel === 'sms' ? 'SMS Breakdown' : 'E-mail breakdown'}
      description={`Hover over or focus a figure for its definition.${report.channel === 'email' ? ' Opens are not measured.' : ''}`}
    >
      <div className={classes.bands}>
        {bands.map(({ name, figures: keys, small }) => (
          <section key={name} aria-label={name} className={classes.band}>
            <Text size="xs" fw={600} c="dimmed" px="md" pt="sm">
              {name}
            </Text>
            <div className={classes.breakdown}>
              {keys.map(key => (
                <Figure
                  key={key}
                  name={key}
                  channel={report.channel}
                  values={figures}
                  link={listOf(key)}
                  small={small ?? false}
                  beside={
                    figures[key] > 0 && (
                      <CreateSegmentMenu report={report} people={[{ figure: key }]} name={figure(key).label} />
                    )
                  }
                />
              ))}
            </div>
            {name === 'Delivery' && <Split report={report} />}
          </section>
        ))}
      </div>
    </Panel>
  )
}

/** Sent, divided into delivered, bounced and pending. The numbers are above it. */
function Split({ report: { figures } }: { report: Report }) {
  return (
    <div className={classes.split} aria-hidden>
      {delivery.map(key => (
        <span
          key={key}
          style={{
            width: figures.sent > 0 ? `${(figures[key] / figures.sent) * 100}%` : 0,
            background: `var(--mantine-color-${figureLooks[key].color}-6)`,
          }}
        />
      ))}
    </div>
  )
}
