/** The text of the SMS, with what can be put into it, and what is counted while one types. */
import { Button, Group, List, Stack, Textarea } from '@mantine/core'
import { IconUserMinus } from '@tabler/icons-react'
import { useId, useRef } from 'react'
import { Problem } from '../../../../core/problems.ts'
import type { Draft } from '../../useDraft.ts'
import { Missing } from '../Missing.tsx'
import { DataTag } from './DataTag.tsx'
import { TextCount } from './TextCount.tsx'
import type { Reading } from './useTemplate.ts'

/** Shorter texts are refused as too long already; this only bounds what can be pasted. */
const maxPasted = 20_000

export function Composer({ draft, reading }: { draft: Draft; reading: Reading }) {
  const box = useRef<HTMLTextAreaElement>(null)
  const [countId, wrongId] = [useId(), useId()]
  const { template, names } = reading
  const { body } = draft.content

  /** At the caret, in place of what is selected; undo of the browser keeps working. */
  const insert = (text: string) => {
    const element = box.current
    if (!element) return
    element.focus()
    const done = document.execCommand('insertText', false, text)
    if (!done) {
      element.setRangeText(text, element.selectionStart, element.selectionEnd, 'end')
      draft.changeContent({ body: element.value })
    }
  }

  const empty = body.trim() === ''
  const wrong = empty ? [] : template.problems
  return (
    <Stack gap="xs">
      <Textarea
        ref={box}
        label="Text"
        description="A data tag is replaced by the profile's value, or by the text after the bar if it is empty: ##first_name|there##. Links are shortened automatically."
        autosize
        minRows={6}
        maxRows={18}
        maxLength={maxPasted}
        dir="auto"
        value={body}
        error={wrong.length > 0}
        aria-describedby={`${countId} ${wrongId}`}
        onChange={event => draft.changeContent({ body: event.currentTarget.value })}
      />
      <div id={wrongId} role="status">
        {wrong.length > 0 && (
          <List size="sm" spacing={2} c="var(--mantine-color-error)">
            {wrong.slice(0, 8).map(({ code, index, details }) => (
              <List.Item key={`${code} ${index}`} className="wrap-anywhere">
                {new Problem(code, details).message}
              </List.Item>
            ))}
            {wrong.length > 8 && <List.Item>And {wrong.length - 8} more like these.</List.Item>}
          </List>
        )}
        {empty && <Missing draft={draft} codes={['text_empty']} />}
        {!empty && !template.unsubscribe && <Missing draft={draft} codes={['opt_out_missing']} />}
      </div>
      <Group gap="xs">
        <DataTag names={names} onInsert={insert} />
        <Button
          size="xs"
          variant="default"
          leftSection={<IconUserMinus size={14} aria-hidden />}
          disabled={template.unsubscribe}
          title={template.unsubscribe ? 'The text already has an unsubscribe link.' : undefined}
          onClick={() => insert('##unsubscribe##')}
        >
          Unsubscribe link
        </Button>
      </Group>
      <TextCount id={countId} template={template} />
    </Stack>
  )
}
