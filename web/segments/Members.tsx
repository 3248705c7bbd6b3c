/** The people who are in the tree now, 25 at a time. */
import { Button, Group, Stack } from '@mantine/core'
import { IconChevronLeft, IconChevronRight, IconUsers } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { countryName } from '../../core/country-names.ts'
import type { SegmentTree } from '../../core/segments/tree.ts'
import { ProfileLink } from '../profiles/ProfileLink.tsx'
import { nameOf } from '../profiles/queries.ts'
import { useWorkspace } from '../shell/me.ts'
import { DataTable } from '../ui/DataTable.tsx'
import { EmptyState } from '../ui/EmptyState.tsx'
import { none } from '../ui/numbers.ts'
import { type MembersPage, membersQuery } from './queries.ts'

/** Give it the tree as its key: a cursor belongs to one tree. */
export function Members({ tree }: { tree: SegmentTree }) {
  const workspace = useWorkspace()
  const [page, setPage] = useState<MembersPage>({})
  const list = useQuery(membersQuery(workspace.id, tree, page))
  const { previous, next } = list.data ?? { previous: null, next: null }
  return (
    <Stack gap="sm">
      <DataTable
        label="Profiles in this segment"
        columns={[
          {
            key: 'name',
            label: 'Name',
            room: 150,
            render: row => (
              <ProfileLink workspace={workspace.id} id={row.profileId}>
                {nameOf(row)}
              </ProfileLink>
            ),
          },
          {
            key: 'phone',
            label: 'Phone',
            below: 'plain',
            render: row => <span className="figures">{row.phone ?? none}</span>,
          },
          {
            key: 'country',
            label: 'Country',
            wide: true,
            render: row => (row.country ? countryName(row.country) : none),
          },
          {
            key: 'email',
            label: 'E-mail',
            wide: true,
            render: row => <span className="wrap-anywhere">{row.email ?? none}</span>,
          },
          {
            key: 'key',
            label: 'Key',
            wide: true,
            render: row => <bdi className="wrap-anywhere">{row.externalKey ?? none}</bdi>,
          },
        ]}
        rows={list.data?.items}
        rowKey={row => String(row.profileId)}
        error={list.error}
        onRetry={list.refetch}
        stale={list.isPlaceholderData}
        empty={
          <EmptyState icon={IconUsers} title="Nobody is in it">
            Remove a condition, or join conditions by OR.
          </EmptyState>
        }
      />
      {(previous || next) && (
        <Group gap="xs" component="nav" aria-label="Pages of profiles" justify="flex-end">
          <Button
            size="xs"
            variant="default"
            disabled={!previous}
            leftSection={<IconChevronLeft size={14} aria-hidden />}
            onClick={() => previous && setPage({ before: previous })}
          >
            Previous
          </Button>
          <Button
            size="xs"
            variant="default"
            disabled={!next}
            rightSection={<IconChevronRight size={14} aria-hidden />}
            onClick={() => next && setPage({ after: next })}
          >
            Next
          </Button>
        </Group>
      )}
    </Stack>
  )
}
