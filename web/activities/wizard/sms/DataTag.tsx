/** Inserts a data tag into the text: the attribute, and its default for profiles without a value. */
import { Button, Code, NativeSelect, Popover, Stack, Text, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useDisclosure } from '@mantine/hooks'
import { IconBraces, IconChevronDown } from '@tabler/icons-react'
import { maxValueLength } from '../../../../core/sms/values.ts'

interface Props {
  names: readonly string[]
  onInsert: (text: string) => void
}

export function DataTag({ names, onInsert }: Props) {
  const [opened, { toggle, close }] = useDisclosure()
  const form = useForm<{ name: string; fallback: string }>({ initialValues: { name: 'first_name', fallback: '' } })
  const { name, fallback } = form.values
  const tag = `##${name}${fallback === '' ? '' : `|${fallback}`}##`
  const insert = form.onSubmit((_, event) => {
    // The form is in a portal: the page around it must not take the event for its own.
    event?.stopPropagation()
    close()
    form.setFieldValue('fallback', '')
    // The popover gives the focus back to its button first.
    setTimeout(() => onInsert(tag))
  })
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
            <NativeSelect label="Attribute" data={[...names]} {...form.getInputProps('name')} data-autofocus />
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
              Insert
            </Button>
          </Stack>
        </form>
      </Popover.Dropdown>
    </Popover>
  )
}
