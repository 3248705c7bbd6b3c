/** What a list of the start page shows that has nothing to show: why, and what to do next. */
import { IconFilterOff, IconMessage2, IconSearch } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { paths } from '../paths.ts'
import { ActButton } from '../shell/may.tsx'
import { EmptyState } from '../ui/EmptyState.tsx'
import { ButtonLink } from '../ui/links.tsx'
import { FirstSteps } from './FirstSteps.tsx'
import { activitiesQuery } from './queries.ts'

interface Props {
  workspace: number
  tab: 'drafts' | 'sent'
  search: string | undefined
  /** by state or period */
  narrowed: boolean
  /** It is a further page. */
  paged: boolean
  onStart: () => void
}

export function EmptyList({ workspace, tab, search, narrowed, paged, onStart }: Props) {
  const other = tab === 'drafts' ? 'sent' : 'drafts'
  const beside = useQuery({ ...activitiesQuery(workspace, { tab: other }), enabled: !search && !narrowed && !paged })
  if (search) {
    return (
      <EmptyState
        icon={IconSearch}
        title={`No SMS matches “${search}”`}
        action={
          <ButtonLink {...paths.sms(workspace, { tab })} variant="default" mt="xs">
            Clear search
          </ButtonLink>
        }
      >
        {tab === 'drafts' ? 'Only drafts' : 'Only scheduled and sent SMS'} were searched, by any part of the name and by
        the beginning of the sender.
      </EmptyState>
    )
  }
  if (narrowed) {
    return (
      <EmptyState
        icon={IconFilterOff}
        title="No SMS with this state in this period"
        action={
          <ButtonLink {...paths.sms(workspace, { tab })} variant="default" mt="xs">
            Clear filters
          </ButtonLink>
        }
      />
    )
  }
  if (paged) {
    return (
      <EmptyState
        icon={IconMessage2}
        title="This page is empty now"
        action={
          <ButtonLink {...paths.sms(workspace, { tab })} variant="default" mt="xs">
            Go to first page
          </ButtonLink>
        }
      />
    )
  }
  if (beside.data?.items.length === 0) return <FirstSteps workspace={workspace} onStart={onStart} />
  return tab === 'drafts' ? (
    <EmptyState
      icon={IconMessage2}
      title="No drafts"
      action={
        <ActButton operation="createActivity" variant="default" mt="xs" onClick={onStart}>
          Write an SMS
        </ActButton>
      }
    >
      Drafts are saved automatically and appear here.
    </EmptyState>
  ) : (
    <EmptyState
      icon={IconMessage2}
      title="Nothing scheduled or sent yet"
      action={
        <ButtonLink {...paths.sms(workspace, { tab: 'drafts' })} variant="default" mt="xs">
          View drafts
        </ButtonLink>
      }
    >
      SMS that you have started to write are under Drafts. Scheduled and sent SMS appear here with their figures.
    </EmptyState>
  )
}
