/**
 * The pages of a list. The current page is kept only in the address (`after` or `before`, else the first page), so that it can be
 * reloaded, shared and returned to. Each page is an entry of the browser's history.
 */
import { Group } from '@mantine/core'
import { IconChevronLeft, IconChevronRight, IconChevronsLeft } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { type ListSearch, narrow } from '../search.ts'
import { ButtonLink } from './links.tsx'

interface Props {
  /** undefined: the page is still loading */
  page: { previous: string | null; next: string | null } | undefined
  /** shown on the other side: the number of rows, and of changes since the list was loaded */
  beside?: ReactNode
}

export function Pager({ page, beside }: Props) {
  const previous = page?.previous ?? undefined
  const next = page?.next ?? undefined
  return (
    <Group justify="space-between" mih={36}>
      <div>{beside}</div>
      <Group component="nav" gap="xs" aria-label="Pages">
        <PageLink to={previous === undefined ? undefined : {}} icon={<IconChevronsLeft size={14} aria-hidden />}>
          First
        </PageLink>
        <PageLink
          to={previous === undefined ? undefined : { before: previous }}
          icon={<IconChevronLeft size={14} aria-hidden />}
        >
          Previous
        </PageLink>
        <PageLink
          to={next === undefined ? undefined : { after: next }}
          iconRight={<IconChevronRight size={14} aria-hidden />}
        >
          Next
        </PageLink>
      </Group>
    </Group>
  )
}

interface LinkProps {
  /** undefined: this page does not exist */
  to: Pick<ListSearch, 'after' | 'before'> | undefined
  icon?: ReactNode
  iconRight?: ReactNode
  children: string
}

function PageLink({ to, icon, iconRight, children }: LinkProps) {
  return (
    <ButtonLink
      to="."
      search={narrow<ListSearch>(to ?? {})}
      resetScroll={false}
      size="xs"
      variant="default"
      leftSection={icon}
      rightSection={iconRight}
      disabled={to === undefined}
      // Keeps the focus when the last page is reached by keyboard.
      tabIndex={to === undefined ? -1 : undefined}
    >
      {children}
    </ButtonLink>
  )
}
