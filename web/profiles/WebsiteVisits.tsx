/** Website interactions: visits with their pages, the most viewed pages, searches and custom events. */
import { Box, Code, Skeleton, Stack, Text, Title } from '@mantine/core'
import { IconWorld } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { paths } from '../paths.ts'
import { useWorkspace } from '../shell/me.ts'
import { DataTable } from '../ui/DataTable.tsx'
import { EmptyState } from '../ui/EmptyState.tsx'
import { ErrorState } from '../ui/ErrorState.tsx'
import { TextLink } from '../ui/links.tsx'
import { count, plural } from '../ui/numbers.ts'
import { Panel } from '../ui/Panel.tsx'
import { Time } from '../ui/Time.tsx'
import { Unfold } from '../ui/Unfold.tsx'
import classes from './Messages.module.css'
import { type ProfileVisits, visitsQuery, websitesQuery } from './queries.ts'

const knownWords: Readonly<Record<ProfileVisits['visits'][number]['knownBy'], string>> = {
  link: 'known by a link of an SMS',
  signed: 'signed in on the website',
  server: 'known by the shop’s server',
}

export function WebsiteVisits({ profileId }: { profileId: number }) {
  const workspace = useWorkspace()
  const found = useQuery(visitsQuery(workspace.id, profileId))
  const websites = useQuery(websitesQuery(workspace.id))
  const visits = found.data
  return (
    <Panel
      title="Website interactions"
      aside={
        visits?.lastSeenAt && (
          <Text size="sm" c="dimmed">
            Last seen <Time at={visits.lastSeenAt} />
          </Text>
        )
      }
    >
      {found.error && !visits ? (
        <ErrorState error={found.error} onRetry={found.refetch} />
      ) : !visits ? (
        <Skeleton height={120} />
      ) : visits.visits.length === 0 ? (
        <EmptyState icon={IconWorld} title="No visits yet">
          {websites.data?.length === 0 ? (
            <>
              Register your website in{' '}
              <TextLink {...paths.website(workspace.id)} inherit underline="always">
                Settings, Website
              </TextLink>{' '}
              to see what people do there after they click.
            </>
          ) : (
            'Visits that come through a link of an SMS appear here.'
          )}
        </EmptyState>
      ) : (
        <Visits visits={visits} />
      )}
    </Panel>
  )
}

function Visits({ visits }: { visits: ProfileVisits }) {
  const { pages, searches, events, more } = visits
  return (
    <Stack gap="lg">
      <div>
        {visits.visits.map((visit, at) => (
          <Visit key={`${visit.websiteId} ${visit.from}`} visit={visit} first={at === 0} />
        ))}
      </div>
      <Part title="Most viewed pages">
        <DataTable
          label="Most viewed pages"
          columns={[
            {
              key: 'page',
              label: 'Page',
              render: page => (
                <>
                  <span className="wrap-anywhere">{page.title || page.url}</span>
                  {page.title && (
                    <Text size="xs" c="dimmed" className="wrap-anywhere">
                      {page.url}
                    </Text>
                  )}
                </>
              ),
            },
            { key: 'views', label: 'Views', figure: true, width: 80, render: page => count(page.views) },
            { key: 'last', label: 'Last', wide: true, render: page => <Time at={page.lastAt} /> },
          ]}
          rows={pages}
          rowKey={page => page.url}
          empty={<Text size="sm">No page was viewed.</Text>}
        />
      </Part>
      {searches.length > 0 && (
        <Part title="Searches">
          <ul className={classes.plain}>
            {searches.map(({ text, at }) => (
              <li key={`${at} ${text}`}>
                <Text size="sm" component="span" className="wrap-anywhere">
                  “{text}”
                </Text>{' '}
                <Text size="xs" c="dimmed" component="span">
                  <Time at={at} />
                </Text>
              </li>
            ))}
          </ul>
        </Part>
      )}
      {events.length > 0 && (
        <Part title="Events">
          <ul className={classes.plain}>
            {events.map(({ id, name, at, properties }) => (
              <li key={id}>
                <Text size="sm" component="span" fw={500} className="wrap-anywhere">
                  {name}
                </Text>{' '}
                <Text size="xs" c="dimmed" component="span">
                  <Time at={at} />
                </Text>
                {properties && (
                  <Code block mt={4} className="wrap-anywhere" style={{ whiteSpace: 'pre-wrap' }}>
                    {properties}
                  </Code>
                )}
              </li>
            ))}
          </ul>
        </Part>
      )}
      {more && (
        <Text size="xs" c="dimmed">
          From the latest 1,000 events.
        </Text>
      )}
    </Stack>
  )
}

const Part = ({ title, children }: { title: string; children: React.ReactNode }) => (
  <section aria-label={title}>
    <Title order={3} size="h5" mb="xs">
      {title}
    </Title>
    {children}
  </section>
)

function Visit({ visit, first }: { visit: ProfileVisits['visits'][number]; first: boolean }) {
  const workspace = useWorkspace()
  const { from, pages, events, knownBy, activity } = visit
  const words = [plural(pages.length, 'page'), ...(events.length > 0 ? [plural(events.length, 'event')] : [])].join(
    ', ',
  )
  return (
    <article className={classes.message}>
      <Text size="sm" component="div" fw={500}>
        <Time at={from} exact />
      </Text>
      <Text size="sm" c="dimmed" component="div">
        {activity ? (
          <>
            From{' '}
            <TextLink {...paths.report(workspace.id, activity.id)} inherit className="wrap-anywhere">
              {activity.name}
            </TextLink>
          </>
        ) : (
          capital(knownWords[knownBy])
        )}
        {events.length > 0 && ` · ${events.join(', ')}`}
      </Text>
      {pages.length > 0 && (
        <Box mt="xs">
          <Unfold label={words} aria-label={`${words}: visit of ${from}`} unfolded={first}>
            <ol className={classes.plain}>
              {pages.toReversed().map(({ id, url, title, at }) => (
                <li key={id}>
                  <Text size="sm" component="span" className="wrap-anywhere">
                    {title || url}
                  </Text>{' '}
                  <Text size="xs" c="dimmed" component="span" className="wrap-anywhere">
                    {title && `${url} · `}
                    <Time at={at} />
                  </Text>
                </li>
              ))}
            </ol>
          </Unfold>
        </Box>
      )}
    </article>
  )
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)
