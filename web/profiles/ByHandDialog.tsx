/** Writes down what a person said outside of Homing: an opt-out or a consent, with the evidence of who said so, how and when. */
import { Button, Group, Modal, NativeSelect, Stack, Text, Textarea, TextInput } from '@mantine/core'
import { DateTimePicker } from '@mantine/dates'
import { useForm } from '@mantine/form'
import { useMutation, useQuery } from '@tanstack/react-query'
import { topicsQuery } from '../settings/queries.ts'
import { useWorkspace } from '../shell/me.ts'
import { ErrorState } from '../ui/ErrorState.tsx'
import { instantText } from '../ui/time.ts'
import type { Said } from './queries.ts'

interface Props {
  opened: boolean
  kind: 'opt-out' | 'consent'
  /** what follows, besides */
  note?: string
  onClose: () => void
  onSave: (said: Said) => Promise<unknown>
}

const words = {
  'opt-out': {
    title: 'Opt this number out?',
    text: 'The opt-out takes effect at once, for every profile with this number. Only the person’s own later opt-in or a release by an admin lifts it.',
    act: 'Opt out',
    placeholder: 'Called customer service',
  },
  consent: {
    title: 'Add a consent',
    text: 'Add a consent only if the person gave it. It does not lift an opt-out.',
    act: 'Add consent',
    placeholder: 'Signed form 1234 in the shop',
  },
} as const

export function ByHandDialog({ opened, onClose, ...rest }: Props) {
  const { title } = words[rest.kind]
  return (
    <Modal opened={opened} onClose={onClose} title={title} closeButtonProps={{ 'aria-label': 'Close' }}>
      <ByHandForm {...rest} onClose={onClose} />
    </Modal>
  )
}

const everything = ''

function ByHandForm({ kind, note = '', onClose, onSave }: Omit<Props, 'opened'>) {
  const workspace = useWorkspace()
  const topics = useQuery(topicsQuery(workspace.id))
  const form = useForm<{ topic: string; how: string; asked: string; saidAt: string | null }>({
    initialValues: { topic: everything, how: '', asked: '', saidAt: null },
    validate: {
      topic: topic => (kind === 'consent' && topic === everything ? 'Choose a topic.' : null),
      how: how => (how.trim() === '' ? 'Enter how the person told you.' : null),
    },
  })
  const save = useMutation({ mutationFn: (said: Said) => onSave(said), onSuccess: onClose })
  const { text, act, placeholder } = words[kind]
  const submit = form.onSubmit(({ topic, how, asked, saidAt }) =>
    save.mutate({
      topicId: topic === everything ? null : Number(topic),
      how: how.trim(),
      ...(asked.trim() !== '' && { asked: asked.trim() }),
      ...(saidAt !== null && { saidAt: instantText(saidAt, workspace.timeZone) }),
    }),
  )
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <Text size="sm">
          {text} {note}
        </Text>
        <NativeSelect
          label="Topic"
          data={[
            { value: everything, label: kind === 'opt-out' ? 'Everything' : 'Choose a topic' },
            ...(topics.data ?? []).map(({ id, name }) => ({ value: String(id), label: name })),
          ]}
          {...form.getInputProps('topic')}
        />
        <Textarea
          label="How"
          placeholder={placeholder}
          required
          autosize
          minRows={2}
          maxLength={500}
          data-autofocus
          {...form.getInputProps('how')}
        />
        <TextInput label="Requested by" placeholder="The person" maxLength={200} {...form.getInputProps('asked')} />
        <DateTimePicker
          label="When"
          description={`Time zone of the workspace: ${workspace.timeZone}.`}
          placeholder="Now"
          clearable
          clearButtonProps={{ 'aria-label': 'Clear the time' }}
          {...form.getInputProps('saidAt')}
        />
        {save.error && <ErrorState error={save.error} />}
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={save.isPending}>
            {act}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
