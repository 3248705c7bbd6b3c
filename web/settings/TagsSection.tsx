/** The tags of the workspace, and the latest changes of them over many profiles. */
import { Button, Group, Modal, Skeleton, Stack, Text, TextInput } from '@mantine/core'
import { IconTag } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { paths } from '../paths.ts'
import { ActButton } from '../shell/may.tsx'
import { useWorkspace } from '../shell/me.ts'
import {
  isOpenTagging,
  mostTagCharacters,
  type Tag,
  taggingsQuery,
  tagsQuery,
  tagUsesQuery,
  useTagActs,
  useTagsChanged,
} from '../tags/queries.ts'
import { TagBadge, TaggingLine, TaggingProgress } from '../tags/TaggingProgress.tsx'
import { DataTable } from '../ui/DataTable.tsx'
import { EmptyState } from '../ui/EmptyState.tsx'
import { ErrorState } from '../ui/ErrorState.tsx'
import { TextLink } from '../ui/links.tsx'
import { count } from '../ui/numbers.ts'
import { Panel } from '../ui/Panel.tsx'
import { SearchBox } from '../ui/SearchBox.tsx'
import { Time } from '../ui/Time.tsx'

const atOnce = 50

export function TagsSection() {
  const workspace = useWorkspace()
  const tags = useQuery({ ...tagsQuery(workspace.id), staleTime: 0 })
  const [search, setSearch] = useState('')
  const [asked, setAsked] = useState<{ act: 'rename' | 'remove'; tag: Tag } | null>(null)
  const wanted = search.trim().toLowerCase()
  const found = tags.data?.items.filter(({ tag }) => tag.toLowerCase().includes(wanted))
  return (
    <Stack gap="lg">
      <Text size="sm" c="dimmed" maw={560}>
        A tag is a label on profiles, such as “VIP” or “Fair 2026”. Add one to everybody in a segment, a list of a
        report or a search with “Tag”.
      </Text>
      <Stack gap="sm">
        {tags.data && tags.data.items.length > 0 && (
          <SearchBox label="Search tags" placeholder="Tag" value={search} onChange={setSearch} />
        )}
        <DataTable
          label="Tags"
          columns={[
            { key: 'tag', label: 'Tag', room: 120, render: ({ tag }) => <TagBadge tag={tag} /> },
            { key: 'profiles', label: 'Profiles', figure: true, render: ({ profiles }) => count(profiles) },
            {
              key: 'acts',
              label: 'Change',
              width: 190,
              render: row => (
                <Group gap={6} wrap="nowrap">
                  <ActButton
                    operation="renameTag"
                    size="compact-sm"
                    variant="default"
                    aria-label={`Rename ${row.tag}`}
                    onClick={() => setAsked({ act: 'rename', tag: row })}
                  >
                    Rename
                  </ActButton>
                  <ActButton
                    operation="removeTag"
                    size="compact-sm"
                    variant="default"
                    aria-label={`Remove ${row.tag}`}
                    onClick={() => setAsked({ act: 'remove', tag: row })}
                  >
                    Remove
                  </ActButton>
                </Group>
              ),
            },
          ]}
          rows={found?.slice(0, atOnce)}
          rowKey={({ tag }) => tag}
          error={tags.error}
          onRetry={tags.refetch}
          loadingRows={3}
          empty={
            <EmptyState icon={IconTag} title={wanted === '' ? 'No tags yet' : `No tag matches “${search}”`}>
              Open a segment, a report or the profiles, and select “Tag”.
            </EmptyState>
          }
        />
        {found && found.length > atOnce && (
          <Text size="sm" c="dimmed" className="figures">
            {count(atOnce)} of {count(found.length)}
            {tags.data?.more ? ' or more' : ''}: search for the others.
          </Text>
        )}
      </Stack>
      <Changes />
      <Modal
        opened={asked !== null}
        onClose={() => setAsked(null)}
        title={asked?.act === 'remove' ? 'Remove a tag' : 'Rename a tag'}
        closeButtonProps={{ 'aria-label': 'Close' }}
      >
        {asked && <ChangeTag {...asked} onClose={() => setAsked(null)} />}
      </Modal>
    </Stack>
  )
}

function Changes() {
  const workspace = useWorkspace()
  const taggings = useQuery(taggingsQuery(workspace.id))
  useTagsChanged(workspace.id, taggings.data?.some(isOpenTagging) ?? false)
  if (taggings.error && !taggings.data) return <ErrorState error={taggings.error} onRetry={taggings.refetch} />
  if (!taggings.data) return <Skeleton height={80} />
  if (taggings.data.length === 0) return null
  return (
    <Panel title="Latest changes">
      <Stack gap="lg">
        {taggings.data.slice(0, 20).map(tagging => (
          <div key={tagging.id}>
            <TaggingLine tagging={tagging} />
            <Text size="xs" c="dimmed">
              <Time at={tagging.createdAt} />
            </Text>
          </div>
        ))}
      </Stack>
    </Panel>
  )
}

/** What uses it is said before: a segment would find nobody by the old name. */
function ChangeTag({
  act,
  tag: { tag, profiles },
  onClose,
}: {
  act: 'rename' | 'remove'
  tag: Tag
  onClose: () => void
}) {
  const workspace = useWorkspace()
  const uses = useQuery(tagUsesQuery(workspace.id, tag))
  const acts = useTagActs(workspace.id)
  const [name, setName] = useState(tag)
  const made = acts.rename.data ?? acts.remove.data
  const error = acts.rename.error ?? acts.remove.error ?? uses.error
  if (made)
    return (
      <Stack>
        <TaggingProgress id={made.id} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Close
          </Button>
        </Group>
      </Stack>
    )
  const isUsed = (uses.data?.length ?? 0) > 0
  const isBlocked = isUsed || uses.isPending || (act === 'rename' && (name.trim() === '' || name.trim() === tag))
  return (
    <form
      onSubmit={event => {
        event.preventDefault()
        if (isBlocked) return
        if (act === 'rename') acts.rename.mutate({ from: tag, to: name.trim() })
        else acts.remove.mutate(tag)
      }}
    >
      <Stack>
        <Group gap={6}>
          <TagBadge tag={tag} />
          <Text size="sm" className="figures">
            on {count(profiles)} {profiles === 1 ? 'profile' : 'profiles'}
          </Text>
        </Group>
        {isUsed && (
          <div>
            <Text size="sm">It is used here, where it would find nobody any more. Change these first:</Text>
            <ul style={{ margin: 0, paddingInlineStart: 18 }}>
              {uses.data?.map(({ kind, id, name: user }) => (
                <li key={`${kind} ${id}`}>
                  <TextLink
                    {...(kind === 'segment'
                      ? paths.segment(workspace.id, id)
                      : paths.edit(workspace.id, id, 'send-to'))}
                    size="sm"
                    className="wrap-anywhere"
                  >
                    {user}
                  </TextLink>
                </li>
              ))}
            </ul>
          </div>
        )}
        {act === 'rename' && (
          <TextInput
            label="New name"
            description="A name that another tag has joins the two."
            value={name}
            maxLength={mostTagCharacters}
            dir="auto"
            disabled={isUsed}
            onChange={event => setName(event.currentTarget.value)}
            data-autofocus
          />
        )}
        {error && <ErrorState error={error} />}
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" disabled={isBlocked} loading={acts.rename.isPending || acts.remove.isPending}>
            {act === 'rename' ? 'Rename' : 'Remove from all'}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
