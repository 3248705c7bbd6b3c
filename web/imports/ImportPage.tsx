/** One import: its progress and its result. */
import { Alert, Button, Group, List, Progress, Skeleton, Stack, Text } from '@mantine/core'
import { IconDownload } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { rate } from '../../core/report/figures.ts'
import { answer, api } from '../api/client.ts'
import { downloads, paths } from '../paths.ts'
import { ActButton } from '../shell/may.tsx'
import { useWorkspace } from '../shell/me.ts'
import { BackLink } from '../ui/BackLink.tsx'
import { ErrorState, notifyProblem } from '../ui/ErrorState.tsx'
import { Facts } from '../ui/Facts.tsx'
import { ButtonLink } from '../ui/links.tsx'
import { count } from '../ui/numbers.ts'
import { Page } from '../ui/Page.tsx'
import { Panel } from '../ui/Panel.tsx'
import { StatusBadge } from '../ui/StatusBadge.tsx'
import { importLooks } from '../ui/status.ts'
import { Unfold } from '../ui/Unfold.tsx'
import { ImportFacts, invalidNumbers, reachWords } from './ImportFacts.tsx'
import { type Import, importQuery } from './queries.ts'

const route = getRouteApi('/w/$workspace/imports/$import')

export function ImportPage() {
  const workspace = useWorkspace()
  const id = Number(route.useParams().import)
  const one = useQuery(importQuery(workspace.id, id))
  const back = <BackLink {...paths.imports(workspace.id)}>Imports</BackLink>
  if (one.error && !one.data) {
    return (
      <Page title="Import" back={back} width={860}>
        <ErrorState error={one.error} onRetry={one.refetch} />
      </Page>
    )
  }
  const data = one.data
  return (
    <Page
      title={data?.fileName ?? `Import ${id}`}
      back={back}
      width={860}
      aside={data && <StatusBadge look={importLooks[data.state]} />}
      actions={data?.state === 'done' && <ButtonLink {...paths.profiles(workspace.id)}>View profiles</ButtonLink>}
    >
      {data ? <Outcome workspace={workspace.id} item={data} /> : <Skeleton height={220} />}
    </Page>
  )
}

function Outcome({ workspace, item }: { workspace: number; item: Import }) {
  return (
    <Stack>
      {item.state === 'running' && <Running workspace={workspace} item={item} />}
      {item.state === 'stopped' && (
        <Alert variant="default" title="The import was stopped.">
          Nothing was changed.
        </Alert>
      )}
      {item.state === 'failed' && (
        <Alert variant="default" role="alert" title="The import failed. Nothing was changed.">
          {item.problem ?? 'The process that ran it ended. Start the import again.'}
        </Alert>
      )}
      {item.state === 'done' && <Done workspace={workspace} item={item} />}
    </Stack>
  )
}

function Done({ workspace, item }: { workspace: number; item: Import }) {
  const reach = item.facts && reachWords(item.facts)
  const invalid = item.facts ? invalidNumbers(item.facts) : 0
  const clean = item.rejected === 0 && invalid === 0 && item.notes.length === 0
  return (
    <>
      <Panel title={reach?.title ?? 'Result'}>
        {reach?.more && (
          <Text size="sm" mb="sm">
            {reach.more}
          </Text>
        )}
        <div className="figures">
          <Facts
            facts={[
              ['Profiles created', count(item.created)],
              ['Profiles updated', count(item.updated)],
              ['Rows read', count(item.rowsRead)],
            ]}
          />
        </div>
      </Panel>
      {!clean && (
        <Panel
          title="To fix"
          description="Correct these rows in your list, and import it again. Profiles that are right stay as they are."
          aside={item.hasRejectedRows && <DownloadRows workspace={workspace} item={item} />}
        >
          <div className="figures">
            <Facts
              facts={[
                invalid > 0 && ['Invalid numbers (the profile was imported)', count(invalid)],
                item.rejected > 0 && ['Rejected rows', count(item.rejected)],
              ]}
            />
          </div>
          {item.notes.length > 0 && (
            <List size="sm" spacing={4} mt="sm">
              {item.notes.map(note => (
                <List.Item key={note}>{note}</List.Item>
              ))}
            </List>
          )}
        </Panel>
      )}
      {item.facts && (
        <div>
          <Unfold label="More about this list">
            <ImportFacts facts={item.facts} />
          </Unfold>
        </div>
      )}
    </>
  )
}

const stepWords: Record<string, string> = { waiting: 'Waiting', merging: 'Saving profiles' }

function Running({ workspace, item }: { workspace: number; item: Import }) {
  const queries = useQueryClient()
  const stop = useMutation({
    mutationFn: () =>
      answer(api.POST('/api/v1/workspaces/{w}/imports/{id}/stop', { params: { path: { w: workspace, id: item.id } } })),
    onSettled: () => queries.invalidateQueries({ queryKey: ['import', workspace, item.id] }),
    onError: notifyProblem,
  })
  const share = rate(item.bytesRead, item.bytesTotal) ?? 0
  return (
    <Panel title="Importing">
      <Group justify="space-between">
        <Text className="figures" role="status">
          {stepWords[item.step] ?? `${count(item.rowsRead)} rows read`}
        </Text>
        <ActButton
          operation="stopImport"
          variant="default"
          size="xs"
          loading={stop.isPending}
          onClick={() => stop.mutate()}
        >
          Stop
        </ActButton>
      </Group>
      <Progress value={share * 100} mt="sm" aria-label="Share of the file read" transitionDuration={300} />
      <Text size="sm" c="dimmed" mt="sm">
        You can leave this page. No profile changes until the whole file has been read.
      </Text>
    </Panel>
  )
}

/** Line, column, value as given, and reason of each. */
function DownloadRows({ workspace, item }: { workspace: number; item: Import }) {
  return (
    <Button
      component="a"
      size="compact-sm"
      variant="default"
      href={downloads.rejectedRows(workspace, item.id)}
      download
      leftSection={<IconDownload size={14} aria-hidden />}
    >
      Download rows to fix
    </Button>
  )
}
