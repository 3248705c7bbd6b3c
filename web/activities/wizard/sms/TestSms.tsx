/** A test SMS: sends the current draft to one number, and follows what happens to the last test. */
import { Button, Group, Stack, Text, TextInput } from '@mantine/core'
import { useLocalStorage } from '@mantine/hooks'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { type Answer, answer, api, items } from '../../../api/client.ts'
import { ApiProblem } from '../../../api/problem.ts'
import { useWorkspace } from '../../../shell/me.ts'
import { ErrorState } from '../../../ui/ErrorState.tsx'
import { credits, plural } from '../../../ui/numbers.ts'
import { Panel } from '../../../ui/Panel.tsx'
import { StatusBadge } from '../../../ui/StatusBadge.tsx'
import { testLooks } from '../../../ui/status.ts'
import { Time } from '../../../ui/Time.tsx'
import type { Draft } from '../../useDraft.ts'

const path = '/api/v1/workspaces/{w}/activities/{id}/test-sms'
type Test = Answer<typeof path, 'get'>['items'][number]

/** Every second at first, then every five; a later receipt is seen at the next visit. */
const quickMs = 30_000
const watchedMs = 10 * 60_000
/** Longer than a gateway that is connected needs. */
const patienceMs = 10_000

interface Props {
  draft: Draft
  activity: number
  /** The text takes its values; without a profile, tags show their defaults. */
  profile?: number
}

export function TestSms({ draft, activity, profile }: Props) {
  const workspace = useWorkspace()
  const queries = useQueryClient()
  const watchedSince = useRef(Date.now())
  const [phone, setPhone] = useLocalStorage({ key: `homing.test-number.${workspace.id}`, defaultValue: '' })
  const queryKey = ['tests', workspace.id, activity]
  const params = { path: { w: workspace.id, id: activity } }
  const tests = useQuery({
    queryKey,
    queryFn: ({ signal }) => items(answer(api.GET(path, { params, signal }))),
    staleTime: 0,
    refetchInterval: ({ state }) => {
      const last = state.data?.[0]
      const watched = Date.now() - watchedSince.current
      if (last === undefined || isFinal(last) || watched > watchedMs) return false
      return watched > quickMs ? 5_000 : 1_000
    },
  })
  const send = useMutation({
    mutationFn: async () => {
      // What is on the screen is what is sent.
      if (!(await draft.flush())) throw new ApiProblem(409, notSaved)
      return answer(api.POST(path, { params, body: { phone, ...(profile !== undefined && { profile }) } }))
    },
    onSuccess: test => {
      watchedSince.current = Date.now()
      queries.setQueryData<Test[]>(queryKey, before => [test, ...(before ?? [])])
    },
  })
  const problem = send.error instanceof ApiProblem ? send.error : undefined
  const ofNumber = problem?.code.startsWith('test_number') ? `${problem.title} ${problem.fix}` : null
  const last = tests.data?.[0]
  return (
    <Panel
      title="Test SMS"
      description="Sends the current text to one number. A test costs credits like any SMS and does not appear in reports."
    >
      <Stack gap="sm">
        <form
          onSubmit={event => {
            event.preventDefault()
            if (phone.trim() !== '') send.mutate()
          }}
        >
          <Group gap="sm" align="flex-start" maw={520}>
            <TextInput
              label="Phone number"
              type="tel"
              autoComplete="tel"
              maxLength={50}
              flex="1 1 260px"
              value={phone}
              error={ofNumber}
              onChange={event => {
                setPhone(event.currentTarget.value)
                send.reset()
              }}
            />
            {/* beside the field, below its label, whether an error is shown under it or not */}
            <Button
              type="submit"
              variant="default"
              mt={{ base: 0, xs: 22 }}
              loading={send.isPending}
              disabled={phone.trim() === ''}
            >
              Send test
            </Button>
          </Group>
        </form>
        {send.error && ofNumber === null && <ErrorState error={send.error} />}
        {tests.error && !tests.data && <ErrorState error={tests.error} onRetry={tests.refetch} />}
        {last && <Fate key={last.id} test={last} />}
      </Stack>
    </Panel>
  )
}

const isFinal = ({ state }: Test) => state === 'delivered' || state === 'bounced' || state === 'not_sent'

const notSaved = {
  code: 'not_saved',
  title: 'The draft is not saved.',
  fix: 'Fix what keeps it from being saved, then send the test.',
}

const words: Record<Test['state'], string> = {
  waiting: 'On its way to the gateway.',
  sent: 'The gateway has accepted it. There is no delivery receipt yet.',
  delivered: 'The phone has received it.',
  bounced: 'It could not be delivered.',
  unknown: 'It may have arrived.',
  not_sent: 'It was not sent.',
}

function Fate({ test }: { test: Test }) {
  const waits = test.state === 'waiting'
  const [slow, setSlow] = useState(false)
  useEffect(() => {
    if (!waits) return
    const timer = setTimeout(() => setSlow(true), patienceMs)
    return () => clearTimeout(timer)
  }, [waits])
  const gateway = `Waiting for the gateway “${test.gateway}”, for at most 15 minutes.`
  return (
    <div>
      <Group gap="xs" role="status">
        <StatusBadge look={testLooks[test.state]} />
        <Text size="sm">{waits && slow ? `${gateway} ${test.detail ?? ''}` : (test.detail ?? words[test.state])}</Text>
      </Group>
      <Text size="sm" c="dimmed" className="figures">
        {test.phone}, {plural(test.parts, 'part')}, {credits(test.credits)}{' '}
        {Number(test.credits) === 1 ? 'credit' : 'credits'}, <Time at={test.stateAt ?? test.askedAt} />
      </Text>
    </div>
  )
}
