/** One's own account: name, e-mail, password. */
import { Button, Group, PasswordInput, Stack, Text, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useMutation, useQueryClient, useSuspenseQuery } from '@tanstack/react-query'
import { answer, api } from '../api/client.ts'
import { type Me, meQuery } from '../shell/me.ts'
import { ErrorState, notifyDone } from '../ui/ErrorState.tsx'
import { Panel } from '../ui/Panel.tsx'

const minPasswordLength = 10
/** The address of the first owner, until they give their own: it exists nowhere. */
const placeholderEmail = /\.invalid$/

export function AccountSection() {
  const { data: me } = useSuspenseQuery(meQuery)
  return (
    <Stack>
      <WhoForm key={me.user.email + me.user.name} me={me} />
      <PasswordForm hasPassword={me.user.hasPassword} />
    </Stack>
  )
}

type Change = { name?: string; email?: string; password?: string; currentPassword?: string }

function useChange(done: string) {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (change: Change) => answer(api.PATCH('/api/v1/me', { body: change })),
    onSuccess: changed => {
      queries.setQueryData(meQuery.queryKey, changed)
      notifyDone(done)
    },
  })
}

function WhoForm({ me }: { me: Me }) {
  const change = useChange('Your account is saved.')
  const { name, email } = me.user
  const form = useForm({
    initialValues: { name, email: placeholderEmail.test(email) ? '' : email, currentPassword: '' },
    validate: { name: value => (value.trim() === '' ? 'Enter your name.' : null) },
  })
  const emailChanges = form.values.email.trim() !== '' && form.values.email.trim().toLowerCase() !== email
  const submit = form.onSubmit(values =>
    change.mutate({
      name: values.name.trim(),
      ...(emailChanges && { email: values.email.trim() }),
      ...(emailChanges && values.currentPassword && { currentPassword: values.currentPassword }),
    }),
  )
  return (
    <Panel title="Account">
      <form onSubmit={submit}>
        <Stack maw={420}>
          <TextInput label="Name" autoComplete="name" maxLength={100} {...form.getInputProps('name')} />
          <TextInput
            label="E-mail"
            description="What you sign in with."
            type="email"
            autoComplete="email"
            maxLength={254}
            {...form.getInputProps('email')}
          />
          {emailChanges && me.user.hasPassword && <CurrentPassword {...form.getInputProps('currentPassword')} />}
          {change.error && <ErrorState error={change.error} />}
          <Group>
            <Button type="submit" loading={change.isPending}>
              Save
            </Button>
          </Group>
        </Stack>
      </form>
    </Panel>
  )
}

function PasswordForm({ hasPassword }: { hasPassword: boolean }) {
  const change = useChange('Your password is set.')
  const form = useForm({
    initialValues: { password: '', currentPassword: '' },
    validate: {
      password: value =>
        value.length < minPasswordLength ? `A password has at least ${minPasswordLength} characters.` : null,
    },
  })
  const submit = form.onSubmit(({ password, currentPassword }) =>
    change.mutate({ password, ...(currentPassword && { currentPassword }) }, { onSuccess: () => form.reset() }),
  )
  return (
    <Panel title="Password">
      <form onSubmit={submit}>
        <Stack maw={420}>
          <Text size="sm" c="dimmed">
            {hasPassword
              ? 'A new password ends your sessions on other machines.'
              : 'You have none yet, and sign in with one-time links.'}
          </Text>
          {hasPassword && <CurrentPassword {...form.getInputProps('currentPassword')} />}
          <PasswordInput
            label="New password"
            autoComplete="new-password"
            maxLength={128}
            visibilityToggleButtonProps={{ 'aria-label': 'Show or hide the new password' }}
            {...form.getInputProps('password')}
          />
          {change.error && <ErrorState error={change.error} />}
          <Group>
            <Button type="submit" variant="default" loading={change.isPending}>
              {hasPassword ? 'Change the password' : 'Set the password'}
            </Button>
          </Group>
        </Stack>
      </form>
    </Panel>
  )
}

function CurrentPassword(props: object) {
  return (
    <PasswordInput
      label="Current password"
      description="Not needed within 15 minutes of signing in."
      autoComplete="current-password"
      visibilityToggleButtonProps={{ 'aria-label': 'Show or hide the current password' }}
      {...props}
    />
  )
}
