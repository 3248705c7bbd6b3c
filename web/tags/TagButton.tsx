/** Adds tags to everybody on the page, or removes them: those of a segment, of a list of the report, or of a search. */
import { Button, Group, Modal, SegmentedControl, Stack, TagsInput, Text } from '@mantine/core'
import { IconTag } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { SegmentTree } from '../../core/segments/tree.ts'
import { paths } from '../paths.ts'
import { ActButton } from '../shell/may.tsx'
import { useWorkspace } from '../shell/me.ts'
import { ErrorState } from '../ui/ErrorState.tsx'
import { TextLink } from '../ui/links.tsx'
import { mostTagCharacters, mostTagsAtOnce, tagsQuery, useTagActs } from './queries.ts'
import { TaggingProgress } from './TaggingProgress.tsx'

interface Props {
  tree: SegmentTree
  search?: string | undefined
  /** whose tags: "everybody in this segment" */
  whose: string
  why?: string | null
}

export function TagButton({ why, ...of }: Props) {
  const [opened, setOpened] = useState(false)
  return (
    <>
      <ActButton
        operation="createTagging"
        variant="default"
        why={why}
        leftSection={<IconTag size={16} aria-hidden />}
        onClick={() => setOpened(true)}
      >
        Tag
      </ActButton>
      <Modal
        opened={opened}
        onClose={() => setOpened(false)}
        title="Change tags"
        closeButtonProps={{ 'aria-label': 'Close' }}
      >
        <TagForm {...of} onClose={() => setOpened(false)} />
      </Modal>
    </>
  )
}

function TagForm({ tree, search, whose, onClose }: Omit<Props, 'why'> & { onClose: () => void }) {
  const workspace = useWorkspace()
  const known = useQuery(tagsQuery(workspace.id))
  const { create } = useTagActs(workspace.id)
  const [act, setAct] = useState<'add' | 'remove'>('add')
  const [tags, setTags] = useState<string[]>([])
  if (create.data)
    return (
      <Stack>
        <TaggingProgress id={create.data.id} />
        <Text size="sm" c="dimmed">
          You may close this: Homing continues.{' '}
          <TextLink {...paths.tags(workspace.id)} inherit underline="always">
            Settings, Tags
          </TextLink>{' '}
          shows it, and undoes it for 30 days.
        </Text>
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Close
          </Button>
        </Group>
      </Stack>
    )
  const submit = () =>
    create.mutate({ [act]: tags, definition: tree, ...(search && { search }) }, { onError: () => undefined })
  return (
    <form
      onSubmit={event => {
        event.preventDefault()
        if (tags.length > 0 && !create.isPending) submit()
      }}
    >
      <Stack>
        <SegmentedControl
          aria-label="Add or remove"
          data={[
            { value: 'add', label: 'Add tags' },
            { value: 'remove', label: 'Remove tags' },
          ]}
          value={act}
          onChange={value => setAct(value === 'remove' ? 'remove' : 'add')}
        />
        <TagsInput
          label="Tags"
          description={`Of ${whose}. At most ${mostTagsAtOnce} at once. Locked profiles stay as they are.`}
          placeholder={tags.length === 0 ? 'Type a tag and press Enter' : ''}
          data={known.data?.items.map(({ tag }) => tag) ?? []}
          limit={20}
          // Above the field: it must not cover the buttons.
          comboboxProps={{ withinPortal: false, position: 'top' }}
          value={tags}
          onChange={values => setTags(values.map(tag => tag.trim().slice(0, mostTagCharacters)).filter(Boolean))}
          maxTags={mostTagsAtOnce}
          acceptValueOnBlur
          clearable
          clearButtonProps={{ 'aria-label': 'Remove all tags from this field' }}
          data-autofocus
        />
        {create.error && <ErrorState error={create.error} />}
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" disabled={tags.length === 0} loading={create.isPending}>
            {act === 'add' ? 'Add tags' : 'Remove tags'}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
