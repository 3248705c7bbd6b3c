/**
 * Next and previous page of a list that is read by cursor. The cursor stands in the address; the way that led here (the
 * cursors before it) in the history entry, so that going back and reloading keep it. A page opened by its bare address
 * knows no previous one and offers the first instead.
 */
import { Button, Group, Text } from '@mantine/core'
import { IconChevronLeft, IconChevronRight } from '@tabler/icons-react'
import { useLocation, useNavigate } from '@tanstack/react-router'

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
    <Group justify="space-between" mih={36}>
      <Text size="sm" c="dimmed" className="figures">
        {summary}
        {trail.length > 0 && ` · page ${trail.length + 1}`}
      </Text>
      <Group gap="xs">
        <Button
          size="xs"
          variant="default"
          leftSection={<IconChevronLeft size={14} aria-hidden />}
          disabled={!after}
          onClick={() => go(previous ?? '', trail.slice(0, -1))}
        >
          {after && previous === undefined ? 'First page' : 'Previous'}
        </Button>
        <Button
          size="xs"
          variant="default"
          rightSection={<IconChevronRight size={14} aria-hidden />}
          disabled={!next}
          onClick={() => next && go(next, [...trail, after ?? ''])}
        >
          Next
        </Button>
      </Group>
    </Group>
  )
}
