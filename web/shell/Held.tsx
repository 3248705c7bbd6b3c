/** Sending is held until a person says so: why, and the button that says it. */
import { Alert, Button, Group, Text } from '@mantine/core'
import { IconHandStop } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient, useSuspenseQuery } from '@tanstack/react-query'
import { answer, api } from '../api/client.ts'
import { notifyDone, notifyProblem } from '../ui/ErrorState.tsx'
import { ink } from '../ui/status.ts'
import { installationQuery } from './installation.ts'
import { meQuery } from './me.ts'

export function Held() {
  const { data: installation } = useQuery(installationQuery)
  const { data: me } = useSuspenseQuery(meQuery)
  const queries = useQueryClient()
  const release = useMutation({
    mutationFn: () => answer(api.POST('/api/v1/installation/release-sending')),
    onSuccess: () => {
      notifyDone('Sending goes on.')
      return queries.invalidateQueries(installationQuery)
    },
    onError: notifyProblem,
  })
  if (!installation?.sendingHeld) return null
  return (
    <Alert
      variant="default"
      radius={0}
      role="alert"
      icon={<IconHandStop color={ink('orange')} />}
      title="Sending is held"
    >
      <Group justify="space-between" gap="sm">
        <Text size="sm">{installation.sendingHeld}</Text>
        {me.user.installationOwner && (
          <Button size="xs" variant="default" loading={release.isPending} onClick={() => release.mutate()}>
            Let it send
          </Button>
        )}
      </Group>
    </Alert>
  )
}
