/** The legend of a line: a short piece of it as the chart draws it. */
import type { ChartLine } from './lines.ts'

export function Sample({ line: { color, dash }, className }: { line: ChartLine; className?: string | undefined }) {
  return (
    <svg width="22" height="18" aria-hidden className={className}>
      <line x1="0" x2="22" y1="9" y2="9" stroke={color} strokeWidth="2" strokeDasharray={dash} />
    </svg>
  )
}
