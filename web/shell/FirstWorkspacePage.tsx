/** Shown to a signed-in user who is a member of no workspace. */
import { Container, Paper, Stack, Text, Title } from '@mantine/core'
import { useSuspenseQuery } from '@tanstack/react-query'
import { meQuery } from './me.ts'
import { NewWorkspaceForm } from './NewWorkspace.tsx'

export function FirstWorkspacePage() {
  const { data: me } = useSuspenseQuery(meQuery)
  if (!me.user.installationOwner) {
    return (
      <Container component="main" size={440} py={80}>
        <Title order={1}>No workspace yet</Title>
        <Text c="dimmed">
          You are signed in, but not a member of any workspace. Ask an admin of a workspace to invite you.
        </Text>
      </Container>
    )
  }
  return (
    <Container component="main" size={440} py={80}>
      <Stack>
        <Title order={1}>Your first workspace</Title>
        <Text c="dimmed">
          A workspace holds everything that belongs to one brand. Name it after your brand. You can add others later.
        </Text>
        <Paper withBorder p="lg">
          <NewWorkspaceForm />
        </Paper>
      </Stack>
    </Container>
  )
}
