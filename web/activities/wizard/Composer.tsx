/** The text of the SMS, with what can be put into it, and what is counted while one types. */
import { Button, Group, List, Menu, Stack, Switch, Textarea } from '@mantine/core'
import { IconBraces, IconChevronDown, IconUserMinus } from '@tabler/icons-react'
import { useId, useRef } from 'react'
import { problem } from '../../../core/problems.ts'
import type { Template } from '../../../core/sms/template.ts'
import type { Draft } from '../useDraft.ts'
import { TextCount } from './TextCount.tsx'

interface Props {
  draft: Draft
  template: Template
  attributes: readonly string[]
}

export function Composer({ draft, template, attributes }: Props) {
  const box = useRef<HTMLTextAreaElement>(null)
  const countId = useId()
  const { body, smart } = draft.fields

  /** At the caret, in place of what is selected; undo of the browser keeps working. */
  const insert = (text: string) => {
    const element = box.current
    if (!element) return
    element.focus()
    const done = document.execCommand('insertText', false, text)
    if (!done) {
      element.setRangeText(text, element.selectionStart, element.selectionEnd, 'end')
      draft.change({ body: element.value })
    }
  }

  // The opt-out is asked for by the server's list above; here stands what is wrong in the text itself.
  const wrong = body === '' ? [] : template.problems
  return (
    <Stack gap="xs">
      <Textarea
        ref={box}
        label="Text"
        description="A data tag takes the profile's value; after a bar stands what is used where it is empty: ##first_name|there##. Links are shortened by themselves."
        autosize
        minRows={6}
        maxRows={18}
        maxLength={2000}
        dir="auto"
        value={body}
        aria-describedby={countId}
        onChange={event => draft.change({ body: event.currentTarget.value })}
      />
      <Group gap="xs" justify="space-between">
        <Group gap="xs">
          <Menu position="bottom-start" shadow="md">
            <Menu.Target>
              <Button
                size="xs"
                variant="default"
                leftSection={<IconBraces size={14} aria-hidden />}
                rightSection={<IconChevronDown size={14} aria-hidden />}
              >
                Data tag
              </Button>
            </Menu.Target>
            <Menu.Dropdown mah={320} style={{ overflowY: 'auto' }}>
              {attributes.map(name => (
                <Menu.Item
                  key={name}
                  onClick={() => insert(name === 'first_name' ? '##first_name|there##' : `##${name}##`)}
                >
                  {name}
                </Menu.Item>
              ))}
            </Menu.Dropdown>
          </Menu>
          <Button
            size="xs"
            variant="default"
            leftSection={<IconUserMinus size={14} aria-hidden />}
            disabled={template.unsubscribe}
            title={template.unsubscribe ? 'The text has its unsubscribe link.' : undefined}
            onClick={() => insert('##unsubscribe##')}
          >
            Unsubscribe link
          </Button>
        </Group>
        <Switch
          size="sm"
          label="Smart encoding"
          checked={smart}
          onChange={event => draft.change({ smart: event.currentTarget.checked })}
        />
      </Group>
      <TextCount id={countId} template={template} />
      {wrong.length > 0 && (
        <List size="sm" spacing={2} c="var(--mantine-color-error)" role="alert">
          {wrong.map(({ code, index, details }) => (
            <List.Item key={`${code} ${index}`}>{problem(code, details).message}</List.Item>
          ))}
        </List>
      )}
    </Stack>
  )
}
