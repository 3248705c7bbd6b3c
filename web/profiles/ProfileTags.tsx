/** The tags of one profile: added and removed one at a time, by mouse or keyboard, each with its undo. */
import { ActionIcon, Autocomplete, Badge, Button, Group, Stack, Text } from '@mantine/core'
import { IconPlus, IconX } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useRef, useState } from 'react'
import { ActButton, useWhyNot } from '../shell/may.tsx'
import { useWorkspace } from '../shell/me.ts'
import { mostTagCharacters, tagsQuery } from '../tags/queries.ts'
import { ErrorState } from '../ui/ErrorState.tsx'
import { none } from '../ui/numbers.ts'
import { type Profile, type TagsDone, useProfileActs } from './queries.ts'

export function ProfileTags({ profile }: { profile: Profile }) {
  const workspace = useWorkspace()
  const reason = useWhyNot()('changeProfileTags')
  const { tags: acts } = useProfileActs(workspace.id, profile.profileId)
  const [adding, setAdding] = useState(false)
  const [done, setDone] = useState<TagsDone | null>(null)
  const own = useRef<HTMLDivElement>(null)
  const focusAdd = () => own.current?.querySelector<HTMLElement>('[data-add-tag]')?.focus()
  const why = profile.lockedReason === null ? null : 'This profile is locked.'
  const isFixed = reason !== null || why !== null || profile.erasedAt !== null
  const change = (body: { add?: string[]; remove?: string[] }, undoable: boolean) =>
    acts.mutateAsync(body).then(
      answer => {
        setDone(undoable && answer.added.length + answer.removed.length > 0 ? answer : null)
        return true
      },
      () => false,
    )
  const remove = async (tag: string) => {
    if (await change({ remove: [tag] }, true)) focusAdd()
  }
  return (
    <Stack gap={6} ref={own}>
      <Group gap={6}>
        {profile.tags.map(tag => (
          <Badge
            key={tag}
            variant="default"
            radius="sm"
            tt="none"
            fw={500}
            maw="100%"
            title={tag}
            pr={isFixed ? undefined : 2}
            rightSection={
              isFixed ? undefined : (
                <ActionIcon
                  size={24}
                  variant="transparent"
                  color="gray"
                  aria-label={`Remove tag ${tag}`}
                  disabled={acts.isPending}
                  onClick={() => void remove(tag)}
                >
                  <IconX size={14} aria-hidden />
                </ActionIcon>
              )
            }
          >
            <bdi>{tag}</bdi>
          </Badge>
        ))}
        {profile.tags.length === 0 && isFixed && none}
        {!adding && profile.erasedAt === null && (
          <ActButton
            data-add-tag
            operation="changeProfileTags"
            why={why}
            size="compact-xs"
            variant="default"
            leftSection={<IconPlus size={13} aria-hidden />}
            onClick={() => {
              acts.reset()
              setAdding(true)
            }}
          >
            Add tag
          </ActButton>
        )}
      </Group>
      {adding && (
        <AddTag
          taken={profile.tags}
          busy={acts.isPending}
          onAdd={tag => change({ add: [tag] }, true)}
          onClose={() => {
            setAdding(false)
            // The button is there again.
            requestAnimationFrame(focusAdd)
          }}
        />
      )}
      <Group gap="xs" role="status">
        {done && (
          <>
            <Text size="sm" c="dimmed">
              {done.added.length > 0 ? `Added “${done.added[0]}”.` : `Removed “${done.removed[0]}”.`}
            </Text>
            <Button
              size="compact-xs"
              variant="default"
              disabled={acts.isPending}
              onClick={() => void change({ add: done.removed, remove: done.added }, false).then(focusAdd)}
            >
              Undo
            </Button>
          </>
        )}
      </Group>
      {acts.error && <ErrorState error={acts.error} />}
    </Stack>
  )
}

interface AddProps {
  taken: readonly string[]
  busy: boolean
  /** false: it is not added, and stays to be corrected */
  onAdd: (tag: string) => Promise<boolean>
  onClose: () => void
}

/** Stays for the next tag until it is closed. */
function AddTag({ taken, busy, onAdd, onClose }: AddProps) {
  const workspace = useWorkspace()
  const known = useQuery(tagsQuery(workspace.id))
  const [tag, setTag] = useState('')
  const offered = known.data?.items.map(item => item.tag).filter(item => !taken.includes(item)) ?? []
  const submit = async () => {
    const wanted = tag.trim()
    if (wanted !== '' && !busy && (await onAdd(wanted))) setTag('')
  }
  return (
    <form
      onSubmit={event => {
        event.preventDefault()
        void submit()
      }}
    >
      <Group gap={6} wrap="nowrap">
        <Autocomplete
          size="xs"
          aria-label="Tag"
          placeholder="Type a tag"
          data={offered}
          limit={10}
          maxLength={mostTagCharacters}
          value={tag}
          onChange={setTag}
          comboboxProps={{ withinPortal: false }}
          style={{ flex: 1, minWidth: 0 }}
          data-autofocus
          autoFocus
          onKeyDown={event => {
            if (event.key === 'Escape') onClose()
          }}
        />
        <Button size="xs" type="submit" disabled={tag.trim() === ''} loading={busy}>
          Add
        </Button>
        <Button size="xs" variant="default" onClick={onClose}>
          Close
        </Button>
      </Group>
    </form>
  )
}
