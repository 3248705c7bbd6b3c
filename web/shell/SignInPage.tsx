/** Sign-in by e-mail and password, or by a one-time link created on the server's command line. */
import {
  Alert,
  Button,
  Code,
  Container,
  Group,
  Paper,
  PasswordInput,
  Stack,
  Text,
  TextInput,
  Title,
} from '@mantine/core'
import { useForm } from '@mantine/form'
import { IconAlertCircle } from '@tabler/icons-react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { useEffect } from 'react'
import { asProblem } from '../api/problem.ts'
import { signIn } from '../api/session.ts'
import { ink } from '../ui/status.ts'
import { ownPath } from './ownPath.ts'

const route = getRouteApi('/sign-in')

/** The reason why the user was redirected to this page. */
const reasons = [
  {
    of: 'invitation',
    title: 'This invitation no longer works.',
    text: 'It was accepted, withdrawn or replaced, or it has expired. Ask the person who invited you for a new link.',
  },
  {
    of: 'link',
    title: 'This sign-in link no longer works.',
    text: 'Each link works once, for a short time. Get a new one as described below.',
  },
  {
    of: 'session',
    title: 'Your session has ended.',
    text: 'It expired or was ended on another device, or you were removed from the workspace. Sign in again. If no workspace opens, ask an admin.',
  },
] as const

export function SignInPage() {
  const { back, problem: linkProblem } = route.useSearch()
  const form = useForm({ initialValues: { email: '', password: '' } })
  const queries = useQueryClient()
  const enter = useMutation({
    mutationFn: ({ email, password }: { email: string; password: string }) => signIn(email.trim(), password),
    onSuccess: () => {
      queries.clear()
      window.location.assign(ownPath(back, window.location.origin))
    },
  })
  useEffect(() => {
    document.title = 'Sign in – Homing'
  }, [])
  const why = reasons.find(({ of }) => of === linkProblem)
  const problem = enter.error && asProblem(enter.error)
  return (
    <Container component="main" size={440} py={{ base: 40, sm: 96 }}>
      <Stack gap="lg">
        <Group gap="sm">
          <img src="/icon.svg" width={32} height={32} alt="" />
          <Title order={1}>Sign in to Homing</Title>
        </Group>
        {why && (
          <Alert variant="default" icon={<IconAlertCircle color={ink('orange')} />} role="alert" title={why.title}>
            {why.text}
          </Alert>
        )}
        <Paper withBorder p="lg">
          <form onSubmit={form.onSubmit(values => enter.mutate(values))}>
            <Stack>
              <TextInput
                label="E-mail"
                type="email"
                autoComplete="username"
                required
                {...form.getInputProps('email')}
              />
              <PasswordInput
                label="Password"
                autoComplete="current-password"
                required
                {...form.getInputProps('password')}
                visibilityToggleButtonProps={{ 'aria-label': 'Show or hide the password' }}
              />
              {problem && (
                <Text size="sm" c="var(--mantine-color-error)" role="alert">
                  {problem.title} {problem.fix}
                </Text>
              )}
              <Button type="submit" loading={enter.isPending} fullWidth>
                Sign in
              </Button>
            </Stack>
          </form>
        </Paper>
        <Stack gap={6}>
          <Text size="sm" fw={600}>
            {linkProblem === 'link' ? 'Get a new sign-in link' : 'No password, or forgot it?'}
          </Text>
          {linkProblem === 'link' ? (
            <>
              <Text size="sm" c="dimmed">
                Ask the person who runs this server. If that is you, run this command on the server and open the link
                that it prints:
              </Text>
              <Code block>npm run -s homing -- sign-in-link</Code>
            </>
          ) : (
            <Text size="sm" c="dimmed">
              Ask the person who invited you for a new link. If you forgot your password, ask the person who runs this
              server for a sign-in link.
            </Text>
          )}
          <Text size="sm" c="dimmed">
            After you sign in, set a password under Settings, Account.
          </Text>
        </Stack>
      </Stack>
    </Container>
  )
}
