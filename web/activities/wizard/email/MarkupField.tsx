/** A text with a few signs of markup, and buttons that write them around what is selected. Undo of the browser keeps working. */
import { ActionIcon, Button, Group, Popover, Stack, Textarea, TextInput, Tooltip } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconBold, IconItalic, IconLink, IconList } from '@tabler/icons-react'
import { type ReactNode, useRef, useState } from 'react'
import { DataTag } from '../sms/DataTag.tsx'
import { type PlacedTag, tagAt } from '../sms/tagAt.ts'
import type { OfferedTag } from '../sms/useTemplate.ts'

interface Props {
  label: string
  value: string
  tags: readonly OfferedTag[]
  maxLength: number
  wrong: boolean
  onChange: (value: string) => void
}

export function MarkupField({ label, value, tags, maxLength, wrong, onChange }: Props) {
  const box = useRef<HTMLTextAreaElement>(null)
  const insert = (text: string, place?: { start: number; end: number }) => {
    const element = box.current
    if (!element) return
    element.focus()
    if (place) element.setSelectionRange(place.start, place.end)
    if (document.execCommand('insertText', false, text)) return
    element.setRangeText(text, element.selectionStart, element.selectionEnd, 'end')
    onChange(element.value)
  }
  const selected = () => {
    const element = box.current
    return element ? element.value.slice(element.selectionStart, element.selectionEnd) : ''
  }
  /** Around the selection, without the spaces at its ends. */
  const wrap = (sign: string, sample: string) => {
    const text = selected()
    const inner = text.trim() || sample
    const before = text.slice(0, text.length - text.trimStart().length)
    const after = text.trim() === '' ? '' : text.slice(text.trimEnd().length)
    insert(`${before}${sign}${inner}${sign}${after}`)
  }
  const list = () => {
    const lines = selected()
      .split('\n')
      .map(line => (line.startsWith('- ') ? line : `- ${line}`))
    const element = box.current
    const atStart = !element || element.selectionStart === 0 || element.value[element.selectionStart - 1] === '\n'
    insert(`${atStart ? '' : '\n'}${lines.join('\n')}`)
  }
  return (
    <Stack gap={6}>
      <Group gap={4} role="group" aria-label={`Format ${label}`}>
        <Tool label="Bold" icon={<IconBold size={16} aria-hidden />} onClick={() => wrap('**', 'bold')} />
        <Tool label="Italic" icon={<IconItalic size={16} aria-hidden />} onClick={() => wrap('_', 'italic')} />
        <Tool label="List" icon={<IconList size={16} aria-hidden />} onClick={list} />
        <LinkTool selected={selected} onInsert={insert} />
        <DataTag
          tags={tags}
          atCaret={() => tagAt(value, box.current?.selectionStart ?? 0)}
          onInsert={(text: string, place?: PlacedTag) => insert(text, place)}
        />
      </Group>
      <Textarea
        ref={box}
        aria-label={label}
        autosize
        minRows={3}
        maxRows={24}
        maxLength={maxLength}
        dir="auto"
        value={value}
        error={wrong}
        onChange={event => onChange(event.currentTarget.value)}
      />
    </Stack>
  )
}

function Tool({ label, icon, onClick }: { label: string; icon: ReactNode; onClick: () => void }) {
  return (
    <Tooltip label={label}>
      <ActionIcon variant="default" size={30} aria-label={label} onClick={onClick}>
        {icon}
      </ActionIcon>
    </Tooltip>
  )
}

/** Spaces and brackets would end the address in the text. */
const written = (url: string) =>
  url.trim().replace(/[\s()]/g, character => `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`)

function LinkTool({ selected, onInsert }: { selected: () => string; onInsert: (text: string) => void }) {
  const [opened, { open, close }] = useDisclosure()
  const [label, setLabel] = useState('')
  const [url, setUrl] = useState('https://')
  return (
    <Popover opened={opened} onDismiss={close} position="bottom-start" shadow="md" trapFocus returnFocus width={300}>
      <Popover.Target>
        <Button
          size="xs"
          variant="default"
          leftSection={<IconLink size={14} aria-hidden />}
          onClick={() => {
            if (opened) return close()
            setLabel(selected())
            open()
          }}
        >
          Link
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label="Link">
        <form
          onSubmit={event => {
            event.preventDefault()
            event.stopPropagation()
            close()
            const text = `[${label.replace(/[[\]\n]/g, ' ').trim() || 'link'}](${written(url)})`
            // The popover gives the focus back to its button first.
            setTimeout(() => onInsert(text))
          }}
        >
          <Stack gap="sm">
            <TextInput
              label="Text"
              value={label}
              maxLength={300}
              onChange={event => setLabel(event.currentTarget.value)}
              data-autofocus
            />
            <TextInput
              label="Address"
              value={url}
              maxLength={2000}
              onChange={event => setUrl(event.currentTarget.value)}
            />
            <Button type="submit" size="xs" disabled={url.trim() === '' || url.trim() === 'https://'}>
              Insert
            </Button>
          </Stack>
        </form>
      </Popover.Dropdown>
    </Popover>
  )
}
