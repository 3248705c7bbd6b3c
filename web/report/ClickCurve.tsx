/** When people clicked, in the first 24 hours, and on what. A picture of its own, because the chart library is larger than the rest of the report. */
import { Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { cumulate } from '../../core/report/curves.ts'
import { useWorkspace } from '../shell/me.ts'
import { count, plural } from '../ui/numbers.ts'
import classes from './ClickCurve.module.css'
import { CreateSegmentMenu } from './CreateSegment.tsx'
import { useFollowing } from './charts/useFollowing.ts'
import { type Report, seriesQuery } from './queries.ts'

const width = 600
const height = 100
/** More links stay in the charts and lists. */
const mostLinks = 3
const span = '24h'

export function ClickCurve({ report }: { report: Report }) {
  const workspace = useWorkspace()
  useFollowing(workspace.id, report)
  const { data } = useQuery(seriesQuery(workspace.id, report, span))
  const points = data ? cumulate(data.points) : []
  const last = points.at(-1)
  const links = report.links.toSorted((a, b) => b.clicks - a.clicks).slice(0, mostLinks)
  const most = links[0]?.clicks ?? 0
  return (
    <div className={classes.columns}>
      <section aria-label="Clicked in the first 24 hours">
        <Text size="sm" c="dimmed">
          Clicked, first 24 hours
        </Text>
        {last && last.unique > 0 ? (
          <>
            <svg viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" className={classes.curve} aria-hidden>
              <path className={classes.area} d={`${lineThrough(points)} L${width} ${height} L0 ${height} Z`} />
              <path className={classes.line} d={lineThrough(points)} />
            </svg>
            <Text size="xs" c="dimmed" className="figures">
              {halfIn(points)}
            </Text>
          </>
        ) : (
          <Text size="sm" mt={6}>
            Nobody has clicked yet.
          </Text>
        )}
      </section>
      {links.length > 0 && (
        <section aria-label="Links">
          <Text size="sm" c="dimmed">
            Links
          </Text>
          <ul className={classes.links}>
            {links.map(({ id, url, clicks, unique }) => (
              <li key={id}>
                <span className={classes.url} title={url}>
                  {withoutScheme(url)}
                </span>
                <span className={classes.clicks}>
                  {plural(clicks, 'click')}
                  {unique > 0 && (
                    <CreateSegmentMenu
                      report={report}
                      people={[{ figure: 'unique', link: id, of: url }]}
                      name={withoutScheme(url)}
                    />
                  )}
                </span>
                <span className={classes.bar} aria-hidden>
                  <span style={{ width: most === 0 ? 0 : `${(clicks / most) * 100}%` }} />
                </span>
                <Text size="xs" c="dimmed" className="figures">
                  by {plural(unique, 'profile')}
                </Text>
              </li>
            ))}
          </ul>
          {report.links.length > links.length && (
            <Text size="xs" c="dimmed">
              and {count(report.links.length - links.length)} more
            </Text>
          )}
        </section>
      )}
    </div>
  )
}

type Points = readonly { minutes: number; unique: number }[]

function lineThrough(points: Points): string {
  const end = points.at(-1)
  if (end === undefined) return ''
  const at = ({ minutes, unique }: Points[number]) =>
    `${((minutes / end.minutes) * width).toFixed(1)} ${(height - (unique / Math.max(1, end.unique)) * (height - 4)).toFixed(1)}`
  return `M0 ${height} ${points.map(point => `L${at(point)}`).join(' ')}`
}

/** "Half of them within 35 minutes". */
function halfIn(points: Points): string {
  const total = points.at(-1)?.unique ?? 0
  const half = points.find(({ unique }) => unique * 2 >= total)
  if (half === undefined) return ''
  const { minutes } = half
  return `Half of the ${count(total)} within ${minutes < 120 ? plural(minutes, 'minute') : plural(Math.round(minutes / 60), 'hour')}`
}

function withoutScheme(url: string): string {
  const [address = ''] = url.replace(/^https?:\/\/(?:www\.)?/, '').split(/[?#]/, 1)
  return address
}
