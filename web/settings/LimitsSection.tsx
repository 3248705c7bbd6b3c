/** What an SMS of this workspace may be at most. */
import { Button, Group, NumberInput, Stack, Text } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { highestMaxParts } from '../../core/sms/split.ts'
import { answer, api } from '../api/client.ts'
import { meQuery, useWorkspace } from '../shell/me.ts'
import { ErrorState, notifyDone } from '../ui/ErrorState.tsx'
import { Panel } from '../ui/Panel.tsx'

export function LimitsSection() {
  const workspace = useWorkspace()
  const queries = useQueryClient()
  const [maxParts, setMaxParts] = useState<number | string>(workspace.maxParts)
  const save = useMutation({
    mutationFn: (n: number) =>
      answer(
        api.PATCH('/api/v1/workspaces/{w}/settings', { params: { path: { w: workspace.id } }, body: { maxParts: n } }),
      ),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: meQuery.queryKey })
      notifyDone('Saved.')
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (typeof maxParts === 'number') save.mutate(maxParts)
  }
  return (
    <Panel title="Length of an SMS">
      <form onSubmit={submit}>
        <Stack>
          <Text size="sm" c="dimmed" maw={560}>
            Each part of an SMS is paid for. Many gateways and phones take no more than ten. Who would get more parts
            than this is not sent to, and an SMS with such people cannot be scheduled. Holds for what is scheduled from
            now on.
          </Text>
          <Group align="flex-end" gap="sm">
            <NumberInput
              label="Most parts of an SMS"
              min={1}
              max={highestMaxParts}
              allowDecimal={false}
              clampBehavior="strict"
              required
              value={maxParts}
              onChange={setMaxParts}
              w={200}
            />
            <Button type="submit" loading={save.isPending}>
              Save
            </Button>
          </Group>
          {save.error && <ErrorState error={save.error} />}
        </Stack>
      </form>
    </Panel>
  )
}
