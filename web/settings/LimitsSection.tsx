/** The limits of an SMS in this workspace. */
import { Button, Group, NumberInput, Stack, Text } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { highestMaxParts } from '../../core/sms/split.ts'
import { answer, api } from '../api/client.ts'
import { meQuery, useWorkspace } from '../shell/me.ts'
import { ErrorState, notifyDone } from '../ui/ErrorState.tsx'
import { Panel } from '../ui/Panel.tsx'

export function LimitsSection() {
  const workspace = useWorkspace()
  const queries = useQueryClient()
  // The value of an empty field is ''.
  const form = useForm<{ maxParts: number | string }>({ initialValues: { maxParts: workspace.maxParts } })
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
  const submit = form.onSubmit(({ maxParts }) => {
    if (typeof maxParts === 'number') save.mutate(maxParts)
  })
  return (
    <Panel title="Length of an SMS">
      <form onSubmit={submit}>
        <Stack>
          <Text size="sm" c="dimmed" maw={560}>
            You pay per part, and many gateways and phones accept at most ten parts. An SMS that exceeds the limit for
            some profiles cannot be scheduled. The limit applies to SMS scheduled from now on.
          </Text>
          <Group align="flex-end" gap="sm">
            <NumberInput
              label="Maximum parts per SMS"
              min={1}
              max={highestMaxParts}
              allowDecimal={false}
              clampBehavior="strict"
              required
              {...form.getInputProps('maxParts')}
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
