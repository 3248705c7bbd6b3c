/**
 * Next and previous page of a list that is read by cursor. The cursor stands in the address; the way that led here (the
 * cursors before it) in the history entry, so that going back and reloading keep it. A page opened by its bare address
 * knows no previous one and offers the first instead.
 */
import { Button, Group, Text } from '@mantine/core'
import { IconChevronLeft, IconChevronRight } from '@tabler/icons-react'
import { useLocation, useNavigate } from '@tanstack/react-router'
import type { ReactNode } from 'react'

declare module '@tanstack/react-router' {
  interface HistoryState {
    /** Cursors of the pages before this one, the first page being ''. */
    trail?: string[]
  }
}

interface Props {
  after: string | undefined
  next: string | null | undefined
  /** "1,234 profiles" */
  summary?: string
}

export function Pager({ after, next, summary }: Props) {
  const navigate = useNavigate()
  const trail = useLocation({ select: location => location.state.trail ?? [] })
  const go = (cursor: string, cursors: string[]) =>
    navigate({
      to: '.',
      search: (search: Record<string, unknown>) => ({ ...search, after: cursor || undefined }),
      state: { trail: cursors },
      resetScroll: false,
    })
  const previous = trail.at(-1)
  return (
    <Steps
      beside={
        <Text size="sm" c="dimmed" className="figures">
          {summary}
          {trail.length > 0 && ` · page ${trail.length + 1}`}
        </Text>
      }
      backLabel={after && previous === undefined ? 'First page' : 'Previous'}
      onBack={after ? () => go(previous ?? '', trail.slice(0, -1)) : undefined}
      onNext={next ? () => go(next, [...trail, after ?? '']) : undefined}
    />
  )
}

interface TwoWayProps {
  previous: string | null | undefined
  next: string | null | undefined
  beside?: ReactNode
}

/** Of a list that gives a cursor for either way: where one is stands in the address alone. */
export function TwoWayPager({ previous, next, beside }: TwoWayProps) {
  const navigate = useNavigate()
  const go = (place: { after?: string; before?: string }) =>
    navigate({
      to: '.',
      search: (search: Record<string, unknown>) => ({ ...search, after: undefined, before: undefined, ...place }),
      resetScroll: false,
    })
  return (
    <Steps
      beside={beside}
      backLabel="Previous"
      onBack={previous ? () => go({ before: previous }) : undefined}
      onNext={next ? () => go({ after: next }) : undefined}
    />
  )
}

interface StepsProps {
  beside: ReactNode
  backLabel: string
  /** Undefined: there is no such page. */
  onBack: (() => void) | undefined
  onNext: (() => void) | undefined
}

function Steps({ beside, backLabel, onBack, onNext }: StepsProps) {
  return (
    <Group justify="space-between" mih={36}>
      <div>{beside}</div>
      <Group gap="xs">
        <Button
          size="xs"
          variant="default"
          leftSection={<IconChevronLeft size={14} aria-hidden />}
          disabled={!onBack}
          onClick={onBack}
        >
          {backLabel}
        </Button>
        <Button
          size="xs"
          variant="default"
          rightSection={<IconChevronRight size={14} aria-hidden />}
          disabled={!onNext}
          onClick={onNext}
        >
          Next
        </Button>
      </Group>
    </Group>
  )
}
