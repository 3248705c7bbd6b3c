/** The account of the signed-in user: name, e-mail, password, sessions. */
import { Button, Group, PasswordInput, type PasswordInputProps, Stack, Text, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useMutation, useQueryClient, useSuspenseQuery } from '@tanstack/react-query'
import { answer, api } from '../api/client.ts'
import { asProblem } from '../api/problem.ts'
import { type Me, meQuery } from '../shell/me.ts'
import { ErrorState, notifyDone, notifyProblem } from '../ui/ErrorState.tsx'
import { Panel } from '../ui/Panel.tsx'

const minPasswordLength = 10
/** The placeholder address of the first owner, until they enter their own. It does not exist. */
const placeholderEmail = /\.invalid$/

export function AccountSection() {
  const { data: me } = useSuspenseQuery(meQuery)
  return (
    <Stack>
      <WhoForm key={me.user.email + me.user.name} me={me} />
      <PasswordForm key={`password ${me.user.email}`} me={me} />
      <SessionsPanel />
    </Stack>
  )
}

type Change = { name?: string; email?: string; password?: string; currentPassword?: string }

function SessionsPanel() {
  const end = useMutation({
    mutationFn: () => answer(api.DELETE('/api/v1/me/sessions')),
    onSuccess: () => window.location.assign('/sign-in'),
    onError: notifyProblem,
  })
  return (
    <Panel title="Sessions">
      <Stack maw={420} align="flex-start">
        <Text size="sm" c="dimmed">
          Lost a device, or does someone know your password? Sign out on all devices, including this one.
        </Text>
        <Button variant="default" loading={end.isPending} onClick={() => end.mutate()}>
          Sign out everywhere
        </Button>
      </Stack>
    </Panel>
  )
}

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
  const change = useChange('Account saved.')
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
            description="You use it to sign in. Changing it signs you out on other devices."
            type="email"
            autoComplete="email"
            maxLength={254}
            {...form.getInputProps('email')}
          />
          {emailChanges && me.user.hasPassword && (
            <CurrentPassword
              {...form.getInputProps('currentPassword')}
              error={faultIn(change.error, 'password_wrong')}
            />
          )}
          {change.error && !faultIn(change.error, 'password_wrong') && <ErrorState error={change.error} />}
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

function PasswordForm({ me }: { me: Me }) {
  const { hasPassword } = me.user
  const nameless = placeholderEmail.test(me.user.email)
  const change = useChange('Password saved.')
  const form = useForm({
    initialValues: { email: '', password: '', currentPassword: '' },
    validate: {
      email: value => (nameless && value.trim() === '' ? 'Enter the e-mail address that you will sign in with.' : null),
      password: value => (value.length < minPasswordLength ? `Use at least ${minPasswordLength} characters.` : null),
    },
  })
  const submit = form.onSubmit(({ email, password, currentPassword }) =>
    change.mutate(
      { password, ...(nameless && { email: email.trim() }), ...(currentPassword && { currentPassword }) },
      { onSuccess: () => form.reset() },
    ),
  )
  return (
    <Panel title="Password">
      <form onSubmit={submit}>
        <Stack maw={420}>
          <Text size="sm" c="dimmed">
            {hasPassword
              ? 'A new password signs you out on other devices.'
              : 'You have no password yet. You sign in with one-time links.'}
          </Text>
          {hasPassword && (
            <CurrentPassword
              {...form.getInputProps('currentPassword')}
              error={faultIn(change.error, 'password_wrong')}
            />
          )}
          {nameless && (
            <TextInput
              label="Sign-in address"
              description="The e-mail address that you will sign in with."
              type="email"
              autoComplete="username"
              maxLength={254}
              {...form.getInputProps('email')}
            />
          )}
          <PasswordInput
            label="New password"
            autoComplete="new-password"
            maxLength={128}
            visibilityToggleButtonProps={{ 'aria-label': 'Show or hide the new password' }}
            {...form.getInputProps('password')}
            error={form.errors.password ?? faultIn(change.error, 'password_weak')}
          />
          {change.error && !faultIn(change.error, 'password_weak', 'password_wrong') && (
            <ErrorState error={change.error} />
          )}
          <Group>
            <Button type="submit" variant="default" loading={change.isPending}>
              {hasPassword ? 'Change password' : 'Set password'}
            </Button>
          </Group>
        </Stack>
      </form>
    </Panel>
  )
}

/** An error of a field is shown beside the field. */
function faultIn(error: unknown, ...codes: string[]): string | undefined {
  if (!error) return undefined
  const { code, title, fix } = asProblem(error)
  return codes.includes(code) ? `${title} ${fix}` : undefined
}

function CurrentPassword(props: PasswordInputProps) {
  return (
    <PasswordInput
      label="Current password"
      description="Forgot it? Ask the person who runs this server for a sign-in link. You can then set a new one without it."
      autoComplete="current-password"
      visibilityToggleButtonProps={{ 'aria-label': 'Show or hide the current password' }}
      {...props}
    />
  )
}
