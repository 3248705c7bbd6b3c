/** Puts a data tag into the text: the attribute, and what stands there for whom has no value. */
import { Button, Code, NativeSelect, Popover, Stack, Text, TextInput } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconBraces, IconChevronDown } from '@tabler/icons-react'
import { type FormEvent, useState } from 'react'
import { maxValueLength } from '../../../../core/sms/values.ts'

interface Props {
  names: readonly string[]
  onInsert: (text: string) => void
}

export function DataTag({ names, onInsert }: Props) {
  const [opened, { toggle, close }] = useDisclosure()
  const [name, setName] = useState<string>('first_name')
  const [fallback, setFallback] = useState('')
  const tag = `##${name}${fallback === '' ? '' : `|${fallback}`}##`
  const insert = (event: FormEvent) => {
    event.preventDefault()
    // The form is in a portal: the page around it must not take the event for its own.
    event.stopPropagation()
    close()
    setFallback('')
    // The popover gives the focus back to its button first.
    setTimeout(() => onInsert(tag))
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
              data={[...names]}
              value={name}
              onChange={event => setName(event.currentTarget.value)}
              data-autofocus
            />
            <TextInput
              label="Where it is empty"
              placeholder="Nothing"
              maxLength={maxValueLength}
              value={fallback}
              onChange={event => setFallback(event.currentTarget.value.replace(/##|\n/g, ''))}
            />
            <Text size="sm" className="wrap-anywhere">
              <Code>{tag}</Code>
            </Text>
            <Button type="submit" size="xs">
              Insert
            </Button>
          </Stack>
        </form>
      </Popover.Dropdown>
    </Popover>
  )
}
