/**
 * Inserts a data tag into the text: the attribute, and its default for profiles without a value. With the caret in a tag of the text, it
 * changes that one.
 */
import { Button, Code, NativeSelect, Popover, Stack, Text, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useDisclosure } from '@mantine/hooks'
import { IconBraces, IconChevronDown } from '@tabler/icons-react'
import { useState } from 'react'
import { maxValueLength } from '../../../../core/sms/tag-values.ts'
import type { PlacedTag } from './tagAt.ts'
import type { OfferedTag } from './useTemplate.ts'

interface Props {
  tags: readonly OfferedTag[]
  /** The tag at the caret; undefined: there is none. */
  atCaret: () => PlacedTag | undefined
  /** In place of the tag, or at the caret. */
  onInsert: (text: string, place?: PlacedTag) => void
}

export function DataTag({ tags, atCaret, onInsert }: Props) {
  const [opened, { open, close }] = useDisclosure()
  const [changed, setChanged] = useState<PlacedTag>()
  const form = useForm<{ name: string; fallback: string }>({ initialValues: { name: 'first_name', fallback: '' } })
  const { name, fallback } = form.values
  const tag = `##${name}${fallback === '' ? '' : `|${fallback}`}##`
  const insert = form.onSubmit((_, event) => {
    // The form is in a portal: the page around it must not take the event for its own.
    event?.stopPropagation()
    close()
    form.setFieldValue('fallback', '')
    // The popover gives the focus back to its button first.
    setTimeout(() => onInsert(tag, changed))
  })
  const toggle = () => {
    if (opened) return close()
    const placed = atCaret()
    setChanged(placed)
    if (placed) form.setValues({ name: placed.name, fallback: placed.fallback })
    open()
  }
  return (
    <Popover opened={opened} onDismiss={close} position="bottom-start" shadow="md" trapFocus returnFocus width={280}>
      <Popover.Target>
        <Button
          size="xs"
          variant="default"
          leftSection={<IconBraces size={14} aria-hidden />}
          rightSection={<IconChevronDown size={14} aria-hidden />}
          onClick={toggle}
        >
          Data tag
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label="Data tag">
        <form onSubmit={insert}>
          <Stack gap="sm">
            <NativeSelect
              label="Attribute"
              data={tags.some(({ value }) => value === name) ? [...tags] : [...tags, { value: name, label: name }]}
              {...form.getInputProps('name')}
              data-autofocus
            />
            <TextInput
              label="If empty"
              placeholder="Nothing"
              maxLength={maxValueLength}
              value={fallback}
              onChange={event => form.setFieldValue('fallback', event.currentTarget.value.replace(/##|\n/g, ''))}
            />
            <Text size="sm" className="wrap-anywhere">
              <Code>{tag}</Code>
            </Text>
            <Button type="submit" size="xs">
              {changed ? 'Change' : 'Insert'}
            </Button>
          </Stack>
        </form>
      </Popover.Dropdown>
    </Popover>
  )
}
