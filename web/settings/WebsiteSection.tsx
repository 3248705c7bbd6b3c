/** Websites: register one, put its script on the pages, see that it arrives; keys for the shop's servers. */
import {
  Alert,
  Button,
  Checkbox,
  Code,
  Group,
  Modal,
  NativeSelect,
  NumberInput,
  Stack,
  TagsInput,
  Text,
  TextInput,
  Title,
} from '@mantine/core'
import { IconKey, IconWorld } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { type Answer, answer, api, items } from '../api/client.ts'
import { websitesQuery } from '../profiles/queries.ts'
import { useMay } from '../shell/may.tsx'
import { useWorkspace } from '../shell/me.ts'
import { CopyButton } from '../ui/CopyButton.tsx'
import { DataTable } from '../ui/DataTable.tsx'
import { EmptyState } from '../ui/EmptyState.tsx'
import { ErrorState, notifyProblem } from '../ui/ErrorState.tsx'
import { Facts } from '../ui/Facts.tsx'
import { count, plural } from '../ui/numbers.ts'
import { Panel } from '../ui/Panel.tsx'
import { Time } from '../ui/Time.tsx'
import { NameForm } from './NameForm.tsx'

const path = '/api/v1/workspaces/{w}/websites'
type Website = Answer<typeof path, 'get'>['items'][number]
type Settings = Pick<Website, 'name' | 'hosts' | 'consent' | 'queryKeys' | 'hashRoutes' | 'retentionDays'>

const fresh: Settings = { name: '', hosts: [], consent: 'ask', queryKeys: [], hashRoutes: false, retentionDays: 400 }
const consents = [
  { value: 'ask', label: 'Send nothing' },
  { value: 'token', label: 'Send views behind a link of an SMS, store nothing' },
] as const

export function WebsiteSection() {
  const workspace = useWorkspace()
  const may = useMay()
  const websites = useQuery(websitesQuery(workspace.id))
  const [isAdding, setAdding] = useState(false)
  const none = websites.data?.length === 0
  return (
    <Stack>
      <Text size="sm" c="dimmed" maw={620}>
        A small script on your website shows what people do there after they click a link of an SMS: on their profile,
        in the report and in segments. Nothing is stored in a browser before a person consents.
      </Text>
      {websites.error && !websites.data && <ErrorState error={websites.error} onRetry={websites.refetch} />}
      {(websites.data ?? []).map(website => (
        <OneWebsite key={website.id} website={website} />
      ))}
      {none && !may('createWebsite') && (
        <EmptyState icon={IconWorld} title="No website yet">
          An admin can register one.
        </EmptyState>
      )}
      {may('createWebsite') &&
        (none || isAdding ? (
          <Panel title="Register a website">
            <WebsiteForm settings={fresh} act="Register website" onDone={() => setAdding(false)} />
          </Panel>
        ) : (
          websites.data && (
            <Group>
              <Button variant="default" onClick={() => setAdding(true)}>
                Register another website
              </Button>
            </Group>
          )
        ))}
    </Stack>
  )
}

/** `id`: of the website that is changed; without one it is registered. */
function WebsiteForm({
  id,
  settings,
  act,
  onDone,
}: {
  id?: number
  settings: Settings
  act: string
  onDone: () => void
}) {
  const workspace = useWorkspace()
  const queries = useQueryClient()
  const [given, setGiven] = useState(settings)
  const [days, setDays] = useState<number | string>(settings.retentionDays)
  const set = (change: Partial<Settings>) => setGiven({ ...given, ...change })
  const save = useMutation({
    mutationFn: () => {
      const body = { ...given, retentionDays: Number(days) || 400 }
      return id === undefined
        ? answer(api.POST(path, { params: { path: { w: workspace.id } }, body }))
        : answer(api.PATCH(`${path}/{id}`, { params: { path: { w: workspace.id, id } }, body }))
    },
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['websites', workspace.id] })
      onDone()
    },
  })
  return (
    <form
      onSubmit={event => {
        event.preventDefault()
        save.mutate()
      }}
    >
      <Stack gap="sm" maw={560}>
        <TextInput
          label="Name"
          placeholder="Web shop"
          required
          maxLength={100}
          value={given.name}
          onChange={event => set({ name: event.currentTarget.value })}
        />
        <TagsInput
          label="Hosts"
          description="Where its pages are. Press Enter after each."
          placeholder={given.hosts.length === 0 ? 'shop.example' : ''}
          required
          value={given.hosts}
          onChange={hosts => set({ hosts })}
          acceptValueOnBlur
          maxTags={20}
        />
        <NativeSelect
          label="Before a person consents"
          data={consents}
          value={given.consent}
          onChange={event => set({ consent: event.currentTarget.value === 'token' ? 'token' : 'ask' })}
        />
        <TagsInput
          label="Query parameters to keep"
          description="Parameters of addresses that say which page it is. All others are removed, except utm_*."
          placeholder={given.queryKeys.length === 0 ? 'category' : ''}
          value={given.queryKeys}
          onChange={queryKeys => set({ queryKeys })}
          acceptValueOnBlur
          maxTags={20}
        />
        <NumberInput
          label="Keep visits for"
          suffix=" days"
          min={30}
          max={800}
          value={days}
          onChange={setDays}
          w={160}
        />
        <Checkbox
          label="Addresses of pages continue behind the # (hash routing)"
          checked={given.hashRoutes}
          onChange={event => set({ hashRoutes: event.currentTarget.checked })}
        />
        {save.error && <ErrorState error={save.error} />}
        <Group gap="sm">
          <Button
            type="submit"
            loading={save.isPending}
            disabled={given.name.trim() === '' || given.hosts.length === 0}
          >
            {act}
          </Button>
          {id !== undefined && (
            <Button variant="default" onClick={onDone}>
              Cancel
            </Button>
          )}
        </Group>
      </Stack>
    </form>
  )
}

function OneWebsite({ website }: { website: Website }) {
  const workspace = useWorkspace()
  const queries = useQueryClient()
  const may = useMay()
  const [isChanging, setChanging] = useState(false)
  const [isRemoving, setRemoving] = useState(false)
  const params = { path: { w: workspace.id, id: website.id } }
  const remove = useMutation({
    mutationFn: () => answer(api.DELETE(`${path}/{id}`, { params })),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['websites', workspace.id] }),
    onError: notifyProblem,
    onSettled: () => setRemoving(false),
  })
  return (
    <Panel
      title={website.name}
      aside={
        may('changeWebsite') &&
        !isChanging && (
          <Group gap="xs">
            <Button size="xs" variant="default" onClick={() => setChanging(true)} aria-label={`Change ${website.name}`}>
              Change
            </Button>
            <Button size="xs" variant="default" onClick={() => setRemoving(true)} aria-label={`Remove ${website.name}`}>
              Remove
            </Button>
          </Group>
        )
      }
    >
      {isChanging ? (
        <WebsiteForm id={website.id} settings={settingsOf(website)} act="Save" onDone={() => setChanging(false)} />
      ) : (
        <Stack gap="lg">
          <Arrivals website={website} />
          <Snippet website={website} />
          {may('listWebsiteKeys') && <ServerKeys website={website} />}
        </Stack>
      )}
      <Modal
        opened={isRemoving}
        onClose={() => setRemoving(false)}
        title={`Remove “${website.name}”?`}
        closeButtonProps={{ 'aria-label': 'Close' }}
      >
        <Text size="sm" mb="lg">
          Its script and its keys stop at once. Visits that were recorded stay for{' '}
          {plural(website.retentionDays, 'day')}. This cannot be undone.
        </Text>
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={() => setRemoving(false)} data-autofocus>
            Cancel
          </Button>
          <Button color="red" loading={remove.isPending} onClick={() => remove.mutate()}>
            Remove website
          </Button>
        </Group>
      </Modal>
    </Panel>
  )
}

const settingsOf = ({ name, hosts, consent, queryKeys, hashRoutes, retentionDays }: Website): Settings => ({
  name,
  hosts,
  consent,
  queryKeys,
  hashRoutes,
  retentionDays,
})

const Heading = ({ children }: { children: string }) => (
  <Title order={3} size="h5" mb="xs">
    {children}
  </Title>
)

/** What arrives, refetched while it is shown. */
function Arrivals({ website }: { website: Website }) {
  const workspace = useWorkspace()
  const params = { path: { w: workspace.id, id: website.id } }
  const found = useQuery({
    queryKey: ['websites', workspace.id, website.id, 'activity'],
    queryFn: ({ signal }) => answer(api.GET(`${path}/{id}/activity`, { params, signal })),
    refetchInterval: 5_000,
    staleTime: 0,
  })
  if (found.error && !found.data) return <ErrorState error={found.error} onRetry={found.refetch} />
  const activity = found.data
  const hour = activity?.minutes.reduce((n, { pageViews, events }) => n + pageViews + events, 0) ?? 0
  return (
    <section aria-label={`What arrives from ${website.name}`}>
      <Facts
        facts={[
          ['Hosts', website.hosts.join(', ')],
          [
            'Script',
            !activity ? (
              '…'
            ) : activity.lastEventAt ? (
              <span key="seen">
                seen <Time at={activity.lastEventAt} />
              </span>
            ) : (
              'not seen in the last 7 days'
            ),
          ],
          [
            'Last hour',
            activity
              ? `${plural(hour, 'event')}${hour >= 60 ? `, ${count(Math.round(hour / 60))} per minute` : ''}`
              : '…',
          ],
          [
            'Last 7 days',
            activity
              ? `${plural(activity.totals.pageViews, 'page view')}, ${plural(activity.totals.events, 'other event')}`
              : '…',
          ],
          (activity?.totals.bots ?? 0) > 0 && [
            'Programs',
            `${plural(activity?.totals.bots ?? 0, 'view')} not recorded`,
          ],
          (activity?.totals.dropped ?? 0) > 0 && [
            'Not recorded',
            `${plural(activity?.totals.dropped ?? 0, 'event')}, because too many came`,
          ],
        ]}
      />
      {activity && activity.pages.length > 0 && (
        <div style={{ marginTop: 16 }}>
          <Heading>Top pages of 7 days</Heading>
          <DataTable
            label="Top pages"
            columns={[
              { key: 'url', label: 'Page', render: page => <span className="wrap-anywhere">{page.url}</span> },
              { key: 'title', label: 'Title', wide: true, render: page => page.title },
              { key: 'views', label: 'Views', figure: true, width: 90, render: page => count(page.views) },
            ]}
            rows={activity.pages}
            rowKey={page => page.url}
            empty={null}
          />
        </div>
      )}
    </section>
  )
}

const stub = '<script>window.homing=window.homing||function(){(homing.q=homing.q||[]).push(arguments)}</script>'

function Snippet({ website }: { website: Website }) {
  const text = `${stub}\n<script async src="${website.scriptUrl}"></script>`
  return (
    <section aria-label={`Script of ${website.name}`}>
      <Heading>Script</Heading>
      <Text size="sm" c="dimmed" mb="xs">
        Put this into the head of every page, and call <Code>homing('consent', true)</Code> when a person agrees.
      </Text>
      <Group gap="sm" align="flex-start" wrap="nowrap">
        <Code block className="wrap-anywhere" style={{ whiteSpace: 'pre-wrap', flex: 1 }}>
          {text}
        </Code>
        <CopyButton value={text} />
      </Group>
    </section>
  )
}

function ServerKeys({ website }: { website: Website }) {
  const workspace = useWorkspace()
  const queries = useQueryClient()
  const params = { path: { w: workspace.id, id: website.id } }
  const queryKey = ['websites', workspace.id, website.id, 'keys']
  const renew = () => queries.invalidateQueries({ queryKey })
  const keys = useQuery({ queryKey, queryFn: () => items(answer(api.GET(`${path}/{id}/keys`, { params }))) })
  const create = useMutation({
    mutationFn: (name: string) => answer(api.POST(`${path}/{id}/keys`, { params, body: { name } })),
    onSuccess: renew,
  })
  const secret = useMutation({
    mutationFn: () => answer(api.GET(`${path}/{id}/signing-secret`, { params })),
    onError: notifyProblem,
  })
  const [revoking, setRevoking] = useState<{ id: number; name: string } | null>(null)
  const revoke = useMutation({
    mutationFn: (key: number) =>
      answer(api.DELETE(`${path}/{id}/keys/{key}`, { params: { path: { ...params.path, key } } })),
    onSuccess: renew,
    onError: notifyProblem,
    onSettled: () => setRevoking(null),
  })
  return (
    <section aria-label={`Server keys of ${website.name}`}>
      <Heading>Server keys</Heading>
      <Text size="sm" c="dimmed" mb="xs" maw={620}>
        With a key, your server sends events and writes profiles in the shape of Segment’s API. With the signing secret
        it says who is signed in.
      </Text>
      <NameForm
        label="Name"
        placeholder="Shop server"
        act="Create key"
        busy={create.isPending}
        onSubmit={create.mutateAsync}
      />
      {create.error && <ErrorState error={create.error} />}
      {create.data && (
        <Alert variant="default" mt="md" title="Copy the key now. You will not see it again." role="status">
          <Group gap="sm">
            <Code className="wrap-anywhere">{create.data.key}</Code>
            <CopyButton value={create.data.key} />
          </Group>
        </Alert>
      )}
      <div style={{ marginTop: 16 }}>
        <DataTable
          label={`Server keys of ${website.name}`}
          columns={[
            { key: 'name', label: 'Name', render: key => <span className="wrap-anywhere">{key.name}</span> },
            { key: 'prefix', label: 'Prefix', render: key => <Code>{key.prefix}…</Code> },
            { key: 'created', label: 'Created', wide: true, render: key => <Time at={key.createdAt} /> },
            {
              key: 'revoke',
              label: 'State',
              render: key =>
                key.revokedAt ? (
                  <>
                    Revoked <Time at={key.revokedAt} />
                  </>
                ) : (
                  <Button
                    size="compact-sm"
                    variant="default"
                    onClick={() => setRevoking(key)}
                    aria-label={`Revoke ${key.name}`}
                  >
                    Revoke
                  </Button>
                ),
            },
          ]}
          rows={keys.data}
          rowKey={key => String(key.id)}
          loadingRows={1}
          error={keys.error}
          onRetry={keys.refetch}
          empty={
            <EmptyState icon={IconKey} title="No server keys yet">
              Create one to send events from your server.
            </EmptyState>
          }
        />
      </div>
      <Group gap="sm" mt="md">
        {secret.data ? (
          <>
            <Code className="wrap-anywhere">{secret.data.secret}</Code>
            <CopyButton value={secret.data.secret} />
          </>
        ) : (
          <Button variant="default" size="xs" loading={secret.isPending} onClick={() => secret.mutate()}>
            Show signing secret
          </Button>
        )}
      </Group>
      <Modal
        opened={revoking !== null}
        onClose={() => setRevoking(null)}
        title={`Revoke “${revoking?.name ?? ''}”?`}
        closeButtonProps={{ 'aria-label': 'Close' }}
      >
        <Text size="sm" mb="lg">
          Servers that use this key lose access within five seconds. This cannot be undone.
        </Text>
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={() => setRevoking(null)} data-autofocus>
            Cancel
          </Button>
          <Button color="red" loading={revoke.isPending} onClick={() => revoking && revoke.mutate(revoking.id)}>
            Revoke key
          </Button>
        </Group>
      </Modal>
    </section>
  )
}
