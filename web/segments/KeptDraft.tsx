/** Keeps what is not saved in this browser, and offers what was kept before the page was last closed. */
import { Alert, Button, Group, Text } from '@mantine/core'
import { useSuspenseQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { meQuery, useWorkspace } from '../shell/me.ts'
import { Time } from '../ui/Time.tsx'
import { draftKey, dropDraft, type KeptDraft as Kept, keepDraft, readDraft } from './keptDraft.ts'
import type { Editing } from './useEditing.ts'

/** The key of the page's draft. `offered`: what was found; null: nothing, or it is decided. */
export function useKeptDraft(editing: Editing, segment: number | undefined, isOff: boolean) {
  const { id: workspace } = useWorkspace()
  const { data: me } = useSuspenseQuery(meQuery)
  const key = draftKey(me.user.id, workspace, segment)
  const { name, tree, isDirty } = editing
  const [offered, setOffered] = useState(() => {
    const kept = isOff ? null : readDraft(key)
    const isSame = kept && kept.name === name && JSON.stringify(kept.tree) === JSON.stringify(tree)
    return isSame ? null : kept
  })
  useEffect(() => {
    if (isOff) return
    if (isDirty) keepDraft(key, { name, tree, at: new Date().toISOString() })
    else if (offered === null) dropDraft(key)
  }, [key, name, tree, isDirty, isOff, offered])
  return {
    offered,
    restore: (kept: Kept) => {
      editing.replace(kept.tree, 'Restore unsaved changes')
      editing.setName(kept.name)
      setOffered(null)
    },
    discard: () => {
      setOffered(null)
      if (!isDirty) dropDraft(key)
    },
    /** left on purpose */
    forget: () => dropDraft(key),
  }
}

export function KeptDraft({ draft }: { draft: ReturnType<typeof useKeptDraft> }) {
  const { offered, restore, discard } = draft
  if (offered === null) return null
  return (
    <Alert variant="default" title="There are changes that were not saved">
      <Text size="sm" className="wrap-anywhere">
        {offered.name.trim() === '' ? 'A segment without a name' : `“${offered.name}”`}, last changed in this browser{' '}
        <Time at={offered.at} />.
      </Text>
      <Group gap="sm" mt="sm">
        <Button size="xs" variant="default" onClick={() => restore(offered)}>
          Restore
        </Button>
        <Button size="xs" variant="subtle" onClick={discard}>
          Discard
        </Button>
      </Group>
    </Alert>
  )
}
