/** What people did on the website after their click, per link: "of 796 who clicked, 212 viewed the basket". Nothing where nobody was seen there. */
import { Stack, Text, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { rate } from '../../../core/report/figures.ts'
import { type Answer, answer, api } from '../../api/client.ts'
import { useWorkspace } from '../../shell/me.ts'
import { DataTable } from '../../ui/DataTable.tsx'
import { count, percent } from '../../ui/numbers.ts'
import { Panel } from '../../ui/Panel.tsx'

const path = '/api/v1/workspaces/{w}/activities/{id}/website'
type OneLink = Answer<typeof path, 'get'>['links'][number]

export function AfterClick({ activity }: { activity: number }) {
  const workspace = useWorkspace()
  const found = useQuery({
    queryKey: ['after-click', workspace.id, activity],
    queryFn: ({ signal }) => answer(api.GET(path, { params: { path: { w: workspace.id, id: activity } }, signal })),
    refetchInterval: 15_000,
  })
  const links = (found.data?.links ?? []).filter(({ seen }) => seen > 0)
  if (links.length === 0) return null
  return (
    <Panel title="On the website after the click">
      <Stack gap="lg">
        {links.map(link => (
          <OfLink key={link.linkId} link={link} />
        ))}
      </Stack>
    </Panel>
  )
}

function OfLink({ link }: { link: OneLink }) {
  const { url, clicked, seen, pages, events } = link
  const rows = [
    ...events.map(({ name, people, times }) => ({ key: `event ${name}`, what: name, kind: 'event', people, times })),
    ...pages.map(({ url, people, views }) => ({ key: `page ${url}`, what: url, kind: 'page', people, times: views })),
  ].sort((a, b) => b.people - a.people)
  return (
    <section aria-label={url}>
      <Title order={3} size="h5" className="wrap-anywhere">
        {url}
      </Title>
      <Text size="sm" c="dimmed" mb="xs">
        Of {count(clicked)} who clicked, {count(seen)} were seen on the website within a week.
      </Text>
      <DataTable
        label={`After a click on ${url}`}
        columns={[
          {
            key: 'what',
            label: 'Page or event',
            render: row => (
              <span className="wrap-anywhere">
                {row.what}
                {row.kind === 'event' && (
                  <Text span size="xs" c="dimmed">
                    {' '}
                    event
                  </Text>
                )}
              </span>
            ),
          },
          { key: 'people', label: 'People', figure: true, width: 90, render: row => count(row.people) },
          {
            key: 'share',
            label: 'Of those who clicked',
            figure: true,
            wide: true,
            render: row => percent(rate(row.people, clicked)),
          },
          { key: 'times', label: 'Times', figure: true, wide: true, render: row => count(row.times) },
        ]}
        rows={rows}
        rowKey={row => row.key}
        empty={null}
      />
    </section>
  )
}
