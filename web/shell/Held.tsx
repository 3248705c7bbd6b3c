/** Shows that sending is held, with the reason and a button that resumes it after a confirmation. */
import { Alert, Button, Group, Modal, Stack, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
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
  const [asking, { open, close }] = useDisclosure()
  const release = useMutation({
    mutationFn: () => answer(api.POST('/api/v1/installation/release-sending')),
    onSuccess: () => {
      close()
      notifyDone('Sending resumed.')
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
          <Button size="xs" variant="default" onClick={open}>
            Resume sending
          </Button>
        )}
      </Group>
      <Modal opened={asking} onClose={close} title="Resume sending?" closeButtonProps={{ 'aria-label': 'Close' }}>
        <Stack>
          <Text size="sm">
            Resume only if no other copy of this installation is sending. Two copies would send each SMS twice.
          </Text>
          <Text size="sm">
            Activities in progress continue immediately. Messages that were sent after the backup may still be queued
            here and would be sent again: pause or cancel those activities first.
          </Text>
          <Group justify="flex-end" gap="sm">
            <Button variant="default" onClick={close} data-autofocus>
              Cancel
            </Button>
            <Button loading={release.isPending} onClick={() => release.mutate()}>
              Resume sending
            </Button>
          </Group>
        </Stack>
      </Modal>
    </Alert>
  )
}
