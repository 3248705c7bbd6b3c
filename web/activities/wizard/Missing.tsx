/** What is still missing, beside its field. It is not an error yet, so it is not red. */
import { Group, Text } from '@mantine/core'
import { IconAlertCircle } from '@tabler/icons-react'
import { ink } from '../../ui/status.ts'
import type { Draft } from '../useDraft.ts'

/** The server's sentences of these codes, as it last said. */
export function Missing({ draft, codes }: { draft: Draft; codes: readonly string[] }) {
  const found = draft.problems.filter(({ code }) => codes.includes(code))
  return found.map(({ code, sentence }) => (
    <Group key={code + sentence} gap={6} mt={6} wrap="nowrap" align="flex-start">
      <IconAlertCircle size={16} color={ink('orange')} aria-hidden style={{ flex: 'none', marginTop: 2 }} />
      <Text size="sm" className="wrap-anywhere">
        {sentence}
      </Text>
    </Group>
  ))
}

/** The first sentence of these codes, for the error of a field. */
export function wrongWith(draft: Draft, codes: readonly string[]): string | undefined {
  return draft.problems.find(({ code }) => codes.includes(code))?.sentence
}
