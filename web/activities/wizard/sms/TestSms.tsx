/** A test: sends the current draft to one number or address, and follows what happens to the last test. */
import { Button, Group, Stack, Text, TextInput } from '@mantine/core'
import { useLocalStorage } from '@mantine/hooks'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { channels } from '../../../../core/channels.ts'
import { type Answer, answer, api, items } from '../../../api/client.ts'
import { ApiProblem } from '../../../api/problem.ts'
import { useMay } from '../../../shell/may.tsx'
import { useWorkspace } from '../../../shell/me.ts'
import { ErrorState } from '../../../ui/ErrorState.tsx'
import { credits, plural } from '../../../ui/numbers.ts'
import { Panel } from '../../../ui/Panel.tsx'
import { Simulated } from '../../../ui/Simulated.tsx'
import { StatusBadge } from '../../../ui/StatusBadge.tsx'
import { testLooks } from '../../../ui/status.ts'
import { Time } from '../../../ui/Time.tsx'
import type { Draft } from '../../useDraft.ts'
import type { ShownProfile } from './PreviewPanel.tsx'

const path = '/api/v1/workspaces/{w}/activities/{id}/test-sms'
type Test = Answer<typeof path, 'get'>['items'][number]

/** Every second at first, then every five; a later receipt is seen at the next visit. */
const quickMs = 30_000
const watchedMs = 10 * 60_000
/** Longer than a gateway that is connected needs. */
const patienceMs = 10_000

const recipientsKey = (workspace: number) => ['test recipients', workspace]

interface Props {
  draft: Draft
  activity: number
  /** The text takes its values; without a profile, tags show their defaults. */
  profile?: ShownProfile | undefined
}

export function TestSms({ draft, activity, profile }: Props) {
  const workspace = useWorkspace()
  const queries = useQueryClient()
  const may = useMay()
  const isEmail = draft.content.channel === 'email'
  const { message } = channels[draft.content.channel].words
  const watchedSince = useRef(Date.now())
  // What was typed last in this browser; without it, the number of the workspace's last test.
  const [typed, setPhone] = useLocalStorage({
    key: `homing.test-${isEmail ? 'address' : 'number'}.${workspace.id}`,
    defaultValue: '',
  })
  const [touched, setTouched] = useState(false)
  const recipients = useQuery({
    queryKey: recipientsKey(workspace.id),
    queryFn: ({ signal }) =>
      items(
        answer(api.GET('/api/v1/workspaces/{w}/test-recipients', { params: { path: { w: workspace.id } }, signal })),
      ),
    enabled: may('listTestRecipients'),
  })
  const saved = (recipients.data ?? []).map(recipient => recipient.phone).filter(to => to.includes('@') === isEmail)
  const phone = typed === '' && !touched ? (saved[0] ?? '') : typed
  const choose = (number: string) => {
    setTouched(true)
    setPhone(number)
    send.reset()
  }
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
      return answer(
        api.POST(path, {
          params,
          body: { ...(isEmail ? { email: phone } : { phone }), ...(profile !== undefined && { profile: profile.id }) },
        }),
      )
    },
    onSuccess: test => {
      watchedSince.current = Date.now()
      queries.setQueryData<Test[]>(queryKey, before => [test, ...(before ?? [])])
      void queries.invalidateQueries({ queryKey: recipientsKey(workspace.id) })
    },
  })
  const problem = send.error instanceof ApiProblem ? send.error : undefined
  const ofNumber = problem && /^test_(number|address)/.test(problem.code) ? `${problem.title} ${problem.fix}` : null
  const last = tests.data?.[0]
  return (
    <Panel
      title={`Test ${message}`}
      description={
        isEmail
          ? 'Sends the current draft to one address, with [Test] before its subject. A test does not appear in reports.'
          : 'Sends the current text to one number. A test costs credits like any SMS and does not appear in reports.'
      }
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
              label={isEmail ? 'E-mail address' : 'Phone number'}
              type={isEmail ? 'email' : 'tel'}
              autoComplete={isEmail ? 'email' : 'tel'}
              maxLength={isEmail ? 254 : 50}
              flex="1 1 260px"
              value={phone}
              error={ofNumber}
              onChange={event => choose(event.currentTarget.value)}
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
        {saved.some(number => number !== phone) && (
          <Group gap="xs" role="group" aria-label="Earlier test recipients">
            {saved.map(number => (
              <Button
                key={number}
                size="compact-xs"
                variant={number === phone ? 'light' : 'default'}
                aria-pressed={number === phone}
                className="figures"
                onClick={() => choose(number)}
              >
                {number}
              </Button>
            ))}
          </Group>
        )}
        {profile !== undefined && (
          <Text size="sm" c="dimmed" className="wrap-anywhere">
            With the values of {profile.name}, as in the preview.
          </Text>
        )}
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
  delivered: 'It has been delivered.',
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
        {test.phone},{' '}
        {!test.phone.includes('@') && (
          <>
            {plural(test.parts, 'part')}, {credits(test.credits)} {Number(test.credits) === 1 ? 'credit' : 'credits'}
          </>
        )}
        <Simulated when={test.simulated} />
        {test.phone.includes('@') ? '' : ', '}
        <Time at={test.stateAt ?? test.askedAt} />
      </Text>
    </div>
  )
}
