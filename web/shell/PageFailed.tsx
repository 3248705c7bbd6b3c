/** The pages for an unknown address and for an error, each with a way to continue. */
import { Container, Stack, Text, Title } from '@mantine/core'
import { type ErrorComponentProps, useMatches, useRouter } from '@tanstack/react-router'
import { useEffect } from 'react'
import { asProblem } from '../api/problem.ts'
import { paths } from '../paths.ts'
import { ErrorState } from '../ui/ErrorState.tsx'
import { ButtonLink } from '../ui/links.tsx'

export function PageMissing() {
  useTitle('Page not found')
  return (
    <Container component={useInside() ? 'div' : 'main'} size={480} py={120}>
      <Stack align="center" ta="center">
        <Title order={1}>Page not found</Title>
        <Text c="dimmed">
          Check the address. The page may have been removed, or belong to a workspace that you are not a member of.
        </Text>
        <ButtonLink {...paths.home()} variant="default">
          Go to start page
        </ButtonLink>
      </Stack>
    </Container>
  )
}

export function PageFailed(props: ErrorComponentProps) {
  return asProblem(props.error).status === 404 ? <PageMissing /> : <PageBroken {...props} />
}

function PageBroken({ error, reset }: ErrorComponentProps) {
  const router = useRouter()
  useTitle('Something went wrong on this page')
  const again = () => {
    reset()
    void router.invalidate()
  }
  return (
    <Container size="sm" py="xl">
      <Title order={1} mb="md">
        Something went wrong on this page
      </Title>
      <ErrorState error={error} onRetry={again} />
    </Container>
  )
}

function useTitle(title: string) {
  useEffect(() => {
    document.title = `${title} – Homing`
  }, [title])
}

/** True inside the shell, which already has the `main` element. */
function useInside(): boolean {
  return useMatches({
    select: matches => matches.some(match => match.routeId === '/w/$workspace' && match.status === 'success'),
  })
}
