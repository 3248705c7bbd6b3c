/** The shape of some figures in a table cell: from their least to their most, with gaps where there is none. Its label says the figures. */
import { countedStretches } from './sizeDays.ts'

interface Props {
  days: readonly { day: string; size: number | null }[]
  label: string
}

const width = 84
const height = 22
const edge = 2

export function Sparkline({ days, label }: Props) {
  const sizes = days.flatMap(({ size }) => size ?? [])
  const [least, most] = [Math.min(...sizes), Math.max(...sizes)]
  const x = (at: number) => edge + (at / Math.max(1, days.length - 1)) * (width - 2 * edge)
  // Where nothing changes the line is in the middle.
  const y = (size: number) =>
    most === least ? height / 2 : height - edge - ((size - least) / (most - least)) * (height - 2 * edge)
  return (
    <svg
      width={width}
      height={height}
      viewBox={`0 0 ${width} ${height}`}
      role="img"
      aria-label={label}
      style={{ display: 'block' }}
    >
      <title>{label}</title>
      {countedStretches(days).map(stretch => {
        const [first] = stretch
        if (!first) return null
        return stretch.length === 1 ? (
          <circle
            key={first.at}
            cx={x(first.at)}
            cy={y(first.size)}
            r={1.8}
            fill="var(--mantine-primary-color-filled)"
          />
        ) : (
          <polyline
            key={first.at}
            points={stretch.map(({ at, size }) => `${x(at)},${y(size)}`).join(' ')}
            fill="none"
            stroke="var(--mantine-primary-color-filled)"
            strokeWidth={1.5}
          />
        )
      })}
    </svg>
  )
}
