/** Chooses the shown time since sending. The choice is kept in the address. */
import { SegmentedControl } from '@mantine/core'
import { useNavigate } from '@tanstack/react-router'
import { type ChartSpan, spanNames } from '../../../core/report/curves.ts'

const labels: Record<ChartSpan, string> = { '1h': '1 h', '6h': '6 h', '24h': '24 h', '72h': '3 d', all: 'All' }

export function SpanControl({ value }: { value: ChartSpan }) {
  const navigate = useNavigate()
  return (
    <SegmentedControl
      size="xs"
      aria-label="Time since sending"
      value={value}
      onChange={chosen =>
        navigate({
          to: '.',
          search: (old: Record<string, unknown>) => ({ ...old, span: chosen }),
          replace: true,
          resetScroll: false,
        })
      }
      data={spanNames.map(name => ({ value: name, label: labels[name] }))}
    />
  )
}
