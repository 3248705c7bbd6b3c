/** A name field and a button on one line. */
import { Button, Group, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'

interface Props {
  label: string
  act: string
  placeholder: string
  busy: boolean
  /** Resolves when the name is saved; the field is then cleared. */
  onSubmit: (name: string) => Promise<unknown>
}

export function NameForm({ label, act, placeholder, busy, onSubmit }: Props) {
  const form = useForm({ initialValues: { name: '' } })
  const submit = form.onSubmit(({ name }) => {
    if (name.trim() === '') return
    onSubmit(name.trim()).then(
      () => form.reset(),
      () => undefined, // the page shows the problem and keeps the name for correction
    )
  })
  return (
    <form onSubmit={submit}>
      <Group align="flex-end" gap="sm">
        <TextInput
          label={label}
          placeholder={placeholder}
          maxLength={100}
          required
          {...form.getInputProps('name')}
          style={{ flex: '1 1 200px', maxWidth: 360 }}
        />
        <Button type="submit" loading={busy}>
          {act}
        </Button>
      </Group>
    </form>
  )
}
