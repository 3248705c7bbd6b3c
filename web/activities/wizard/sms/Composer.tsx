/** The text of the SMS, with what can be put into it, and what is counted while one types. */
import { Button, Group, Stack, Textarea } from '@mantine/core'
import { IconUserMinus } from '@tabler/icons-react'
import { useId, useRef, useState } from 'react'
import { Missing } from '../Missing.tsx'
import { DataTag } from './DataTag.tsx'
import type { SmsDraft } from './smsDraft.ts'
import { TextCount } from './TextCount.tsx'
import { TextNotes } from './TextNotes.tsx'
import { type PlacedTag, tagAt } from './tagAt.ts'
import type { TemplateReading } from './useTemplate.ts'
import type { TextCases } from './useTextCases.ts'
import { ValueNotes } from './ValueNotes.tsx'

/** Shorter texts are refused as too long already; this only bounds what can be pasted. */
const maxPasted = 20_000

interface Props {
  draft: SmsDraft
  reading: TemplateReading
  cases: TextCases | undefined
}

export function Composer({ draft, reading, cases }: Props) {
  const box = useRef<HTMLTextAreaElement>(null)
  const [countId, wrongId] = [useId(), useId()]
  const { template, tags } = reading
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

  const insertTag = (tag: string, place?: PlacedTag) => {
    if (place) {
      box.current?.focus()
      box.current?.setSelectionRange(place.start, place.end)
    }
    insert(tag)
  }

  /** As one change that the browser can undo. */
  const replace = (text: string) => {
    box.current?.select()
    insert(text)
  }

  const empty = body.trim() === ''
  // A tag or an address that is being typed is not wrong yet.
  const [wasLeft, setWasLeft] = useState(!empty)
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
        error={!empty && wasLeft && template.problems.length > 0}
        aria-describedby={`${countId} ${wrongId}`}
        onBlur={() => setWasLeft(true)}
        onChange={event => draft.changeContent({ body: event.currentTarget.value })}
      />
      <div id={wrongId} role="status">
        {!empty && wasLeft && <TextNotes template={template} onChange={replace} />}
        {empty && <Missing draft={draft} codes={['text_empty']} />}
        {!empty && !template.unsubscribe && <Missing draft={draft} codes={['opt_out_missing']} />}
      </div>
      <Group gap="xs">
        <DataTag tags={tags} atCaret={() => tagAt(body, box.current?.selectionStart ?? 0)} onInsert={insertTag} />
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
      <ValueNotes template={template} cases={cases} onChange={replace} />
    </Stack>
  )
}
