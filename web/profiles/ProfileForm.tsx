/** Edits one profile, or adds one. Only what differs is sent; a profile that has changed meanwhile is refused by the server. */
import { Button, Group, Modal, NumberInput, Stack, Text, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useMutation, useQuery } from '@tanstack/react-query'
import { attributeTypeWords } from '../../core/attributes.ts'
import { asProblem } from '../api/problem.ts'
import { attributeLabel, attributesQuery, isOffered } from '../settings/queries.ts'
import { useWorkspace } from '../shell/me.ts'
import { ErrorState } from '../ui/ErrorState.tsx'
import type { AttributeValue, Profile, ProfileEdits } from './queries.ts'

interface Values {
  externalKey: string
  phone: string
  email: string
  firstName: string
  lastName: string
  attributes: Record<string, AttributeValue>
}

interface Props {
  opened: boolean
  /** undefined: a new one */
  profile?: Profile
  onClose: () => void
  onSave: (change: ProfileEdits) => Promise<unknown>
}

export function ProfileFormDialog({ opened, onClose, profile, onSave }: Props) {
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={profile ? 'Edit profile' : 'New profile'}
      size="lg"
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <ProfileForm onClose={onClose} onSave={onSave} {...(profile && { profile })} />
    </Modal>
  )
}

const texts = [
  { name: 'firstName', label: 'First name' },
  { name: 'lastName', label: 'Last name' },
  { name: 'phone', label: 'Phone' },
  { name: 'email', label: 'E-mail' },
  { name: 'externalKey', label: 'Key' },
] as const

function valuesOf(profile: Profile | undefined): Values {
  return {
    firstName: profile?.firstName ?? '',
    lastName: profile?.lastName ?? '',
    phone: profile?.phone ?? profile?.phoneGiven ?? '',
    email: profile?.email ?? '',
    externalKey: profile?.externalKey ?? '',
    // A value that is none of its type is edited as it was written.
    attributes: { ...profile?.attributesWritten, ...profile?.attributes },
  }
}

function ProfileForm({ profile, onClose, onSave }: Omit<Props, 'opened'>) {
  const workspace = useWorkspace()
  const catalogue = useQuery(attributesQuery(workspace.id))
  const initial = valuesOf(profile)
  const isUnread = (name: string) =>
    profile?.attributesWritten[name] !== undefined && profile.attributes[name] === undefined
  // An archived one is asked where the profile has it.
  const asked = catalogue.data?.filter(one => isOffered(one) || initial.attributes[one.name] !== undefined)
  const form = useForm<Values>({ initialValues: initial })
  const save = useMutation({
    mutationFn: (change: ProfileEdits) => onSave(change),
    onSuccess: onClose,
    onError: error => {
      const { title, fix } = asProblem(error)
      const field = texts.find(({ name }) => title.startsWith(`${name}:`))
      if (field !== undefined) form.setFieldError(field.name, `${title.slice(field.name.length + 2)} ${fix}`)
    },
  })
  const submit = form.onSubmit(values => {
    const numbers = asked?.filter(({ type, name }) => type === 'number' && isUnread(name)).map(({ name }) => name)
    const change = changeOf(initial, withNumbers(values, numbers ?? []))
    if (Object.keys(change).length === 0) onClose()
    else save.mutate(change)
  })
  const isAtField = texts.some(({ name }) => form.errors[name] !== undefined)
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        {texts.map(({ name, label }) => (
          <TextInput
            key={name}
            label={label}
            dir="auto"
            autoComplete="off"
            {...(name === 'firstName' && { 'data-autofocus': true })}
            {...(name === 'phone' && {
              description: 'Opt-outs and closed numbers stay with the number that they belong to.',
            })}
            {...form.getInputProps(name)}
          />
        ))}
        {asked?.map(({ name, type, label }) =>
          type === 'number' && !isUnread(name) ? (
            <NumberInput
              key={name}
              label={attributeLabel({ name, label })}
              hideControls
              {...form.getInputProps(`attributes.${name}`)}
            />
          ) : (
            <TextInput
              key={name}
              label={attributeLabel({ name, label })}
              dir="auto"
              {...(type === 'date' && { placeholder: '2026-03-02' })}
              {...(isUnread(name) && {
                description: `Is not a ${attributeTypeWords[type].toLowerCase()}: no condition finds it until you correct it.`,
              })}
              {...form.getInputProps(`attributes.${name}`)}
              value={form.values.attributes[name] ?? ''}
            />
          ),
        )}
        {catalogue.error && <ErrorState error={catalogue.error} onRetry={catalogue.refetch} />}
        {save.error && !isAtField && <ErrorState error={save.error} />}
        <Text size="xs" c="dimmed">
          An empty field is cleared.
        </Text>
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={save.isPending}>
            {profile ? 'Save changes' : 'Add profile'}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

/** Of fields that were a text because their value was none: what is a number now is sent as one, anything else is refused by the server. */
function withNumbers(values: Values, names: readonly string[]): Values {
  const read = names.flatMap((name): [string, number][] => {
    const text = String(values.attributes[name] ?? '').trim()
    return /^-?\d+([.,]\d+)?$/.test(text) ? [[name, Number(text.replace(',', '.'))]] : []
  })
  return { ...values, attributes: { ...values.attributes, ...Object.fromEntries(read) } }
}

function changeOf(before: Values, after: Values): ProfileEdits {
  const changed = texts.filter(({ name }) => before[name].trim() !== after[name].trim())
  const names = Object.keys(after.attributes).filter(name => (before.attributes[name] ?? '') !== after.attributes[name])
  const emptied = (value: AttributeValue | undefined) => (value === undefined || value === '' ? null : value)
  return {
    ...Object.fromEntries(changed.map(({ name }) => [name, after[name].trim() || null])),
    ...(names.length > 0 && {
      attributes: Object.fromEntries(names.map(name => [name, emptied(after.attributes[name])])),
    }),
  }
}
