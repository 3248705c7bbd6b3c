/** What a list of the start page shows that has nothing to show: why, and where to go on. */
import { Button } from '@mantine/core'
import { IconMessage2, IconSearch } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { paths } from '../paths.ts'
import { EmptyState } from '../ui/EmptyState.tsx'
import { ButtonLink } from '../ui/links.tsx'
import { FirstSteps } from './FirstSteps.tsx'
import { activitiesQuery } from './queries.ts'

interface Props {
  workspace: number
  tab: 'drafts' | 'sent'
  search: string | undefined
  /** It is a further page. */
  paged: boolean
  onStart: () => void
}

export function EmptyList({ workspace, tab, search, paged, onStart }: Props) {
  const other = tab === 'drafts' ? 'sent' : 'drafts'
  const beside = useQuery({ ...activitiesQuery(workspace, { tab: other }), enabled: !search && !paged })
  if (search) {
    return (
      <EmptyState
        icon={IconSearch}
        title={`Nothing here is called “${search}”`}
        action={
          <ButtonLink {...paths.sms(workspace, { tab })} variant="default" mt="xs">
            Clear the search
          </ButtonLink>
        }
      >
        {tab === 'drafts' ? 'Only drafts were searched' : 'Only what is scheduled and sent was searched'}: for a part of
        the name, or for how the sender begins.
      </EmptyState>
    )
  }
  if (paged) {
    return (
      <EmptyState
        icon={IconMessage2}
        title="Nothing is left on this page"
        action={
          <ButtonLink {...paths.sms(workspace, { tab })} variant="default" mt="xs">
            To the first page
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
        <Button variant="default" mt="xs" onClick={onStart}>
          Write an SMS
        </Button>
      }
    >
      A draft is saved automatically from its first character on, and waits here.
    </EmptyState>
  ) : (
    <EmptyState
      icon={IconMessage2}
      title="Nothing scheduled or sent yet"
      action={
        <ButtonLink {...paths.sms(workspace, { tab: 'drafts' })} variant="default" mt="xs">
          See your drafts
        </ButtonLink>
      }
    >
      What you have begun waits among the drafts. Once it is scheduled you follow here how it does.
    </EmptyState>
  )
}
