/** Whether the draft is saved, in one place and one line. */
import { Text } from '@mantine/core'
import type { DraftSaveState } from '../useDraft.ts'

const words: Record<DraftSaveState['kind'], string> = {
  saved: 'Saved',
  unsaved: 'Not saved yet',
  saving: 'Saving',
  failed: 'Not saved',
  conflict: 'Not saved',
}

export function SaveNote({ state }: { state: DraftSaveState }) {
  const bad = state.kind === 'failed' || state.kind === 'conflict'
  return (
    <Text size="sm" c={bad ? 'var(--mantine-color-error)' : 'dimmed'} role="status" miw={96}>
      {words[state.kind]}
    </Text>
  )
}
