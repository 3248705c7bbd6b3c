/** The way in: e-mail and password, or a one-time link, which whoever runs the server makes on its command line. */
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
import { IconAlertCircle } from '@tabler/icons-react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { type FormEvent, useEffect, useState } from 'react'
import { asProblem } from '../api/problem.ts'
import { signIn } from '../api/session.ts'
import { ink } from '../ui/status.ts'
import { ownPath } from './ownPath.ts'

const route = getRouteApi('/sign-in')

/** Why somebody is here who wanted to be elsewhere. */
const reasons = [
  {
    of: 'invitation',
    title: 'This invitation does not work any more.',
    text: 'It was accepted or withdrawn, has a newer link, or has ended. Ask the person who invited you for a new link.',
  },
  {
    of: 'link',
    title: 'This sign-in link does not work any more.',
    text: 'A link works once and for a short time. See below how to get a new one.',
  },
  {
    of: 'session',
    title: 'Your session has ended.',
    text: 'It was ended on another page, its time is over, or you are no longer a member of the workspace. Sign in again; if that leads to no workspace, ask an admin of it.',
  },
] as const

export function SignInPage() {
  const { back, problem: linkProblem } = route.useSearch()
  const [email, setEmail] = useState('')
  const [password, setPassword] = useState('')
  const queries = useQueryClient()
  const enter = useMutation({
    mutationFn: () => signIn(email.trim(), password),
    onSuccess: () => {
      queries.clear()
      window.location.assign(ownPath(back, window.location.origin))
    },
  })
  useEffect(() => {
    document.title = 'Sign in – Homing'
  }, [])
  const submit = (event: FormEvent) => {
    event.preventDefault()
    enter.mutate()
  }
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
          <form onSubmit={submit}>
            <Stack>
              <TextInput
                label="E-mail"
                type="email"
                autoComplete="username"
                required
                value={email}
                onChange={event => setEmail(event.currentTarget.value)}
              />
              <PasswordInput
                label="Password"
                autoComplete="current-password"
                required
                value={password}
                onChange={event => setPassword(event.currentTarget.value)}
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
            {linkProblem === 'link' ? 'A new sign-in link' : 'No password yet, or lost it?'}
          </Text>
          {linkProblem === 'link' ? (
            <>
              <Text size="sm" c="dimmed">
                Ask whoever runs this server. Is it you? Run this where the server runs, and open what it prints:
              </Text>
              <Code block>npm run -s homing -- sign-in-link</Code>
            </>
          ) : (
            <Text size="sm" c="dimmed">
              Ask the person who invited you for a new link. If a password is lost, ask whoever runs this server for a
              sign-in link.
            </Text>
          )}
          <Text size="sm" c="dimmed">
            Set a password under Settings, Account, once you are in.
          </Text>
        </Stack>
      </Stack>
    </Container>
  )
}
