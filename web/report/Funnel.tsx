/**
 * From targeted to clicked as one band that narrows: each stage is as high as its share of the targeted, and the band flows from stage to
 * stage. Drawn here, because it is the picture of this report.
 */
import { type FigureKey, figure, rate } from '../../core/report/figures.ts'
import { count, percent } from '../ui/numbers.ts'
import { CreateSegmentMenu } from './CreateSegment.tsx'
import classes from './Funnel.module.css'
import type { Report } from './queries.ts'

const stages: readonly { key: FigureKey; label?: string }[] = [
  { key: 'targeted' },
  { key: 'sent' },
  { key: 'delivered' },
  { key: 'unique', label: 'Clicked' },
]

const width = 1000
const height = 100
/** A stage that is not empty is never too thin to see. */
const thinnest = 2

export function Funnel({ report }: { report: Report }) {
  const { figures } = report
  const most = figures.targeted
  const step = width / stages.length
  const thicknessOf = (n: number) => (n === 0 || most === 0 ? 0 : Math.max(thinnest, (n / most) * height))
  return (
    <figure className={classes.funnel} aria-label="From targeted to clicked">
      <div className={classes.stages}>
        {stages.map(({ key, label }, i) => {
          const before = stages[i - 1]
          const share = before ? rate(figures[key], figures[before.key]) : null
          return (
            <div key={key} className={classes.stage}>
              <span className={classes.label}>{label ?? figure(key).label}</span>
              <span className={classes.count}>
                {count(figures[key])}
                {figures[key] > 0 && (
                  <CreateSegmentMenu
                    report={report}
                    people={[{ figure: key }]}
                    name={`${label ?? figure(key).label}, in the funnel`}
                  />
                )}
              </span>
              <span className={classes.share}>
                {before ? `${percent(share)} of ${before.label ?? figure(before.key).label}` : '\u00a0'}
              </span>
            </div>
          )
        })}
      </div>
      <svg viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" className={classes.band} aria-hidden>
        {stages.map(({ key }, i) => {
          const own = thicknessOf(figures[key])
          const next = stages[i + 1]
          const following = next ? thicknessOf(figures[next.key]) : own
          const [from, flat, to] = [i * step, i * step + step * 0.62, (i + 1) * step]
          const [top, bottom] = [(height - own) / 2, (height + own) / 2]
          const [nextTop, nextBottom] = [(height - following) / 2, (height + following) / 2]
          const bend = (flat + to) / 2
          return (
            <path
              key={key}
              className={classes.flow}
              data-stage={key}
              d={`M${from} ${top} H${flat} C${bend} ${top} ${bend} ${nextTop} ${to} ${nextTop} V${nextBottom} C${bend} ${nextBottom} ${bend} ${bottom} ${flat} ${bottom} H${from} Z`}
            />
          )
        })}
      </svg>
    </figure>
  )
}
