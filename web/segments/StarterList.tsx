/** Segments to begin with. Each opens in the builder, and nothing is saved until it is saved there. */
import { SimpleGrid, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { starters } from '../../core/segments/starters.ts'
import { paths } from '../paths.ts'
import { attributesQuery, isOffered, topicsQuery } from '../settings/queries.ts'
import { useWorkspace } from '../shell/me.ts'
import classes from './StarterList.module.css'

export function StarterList() {
  const workspace = useWorkspace()
  const topics = useQuery(topicsQuery(workspace.id))
  const attributes = useQuery(attributesQuery(workspace.id))
  if (!topics.data || !attributes.data) return null
  const of = {
    topics: topics.data.filter(({ archivedAt }) => archivedAt === null),
    attributes: attributes.data.filter(isOffered),
  }
  const offered = starters.flatMap(starter => {
    const from = starter.make(of)
    return from ? [{ ...starter, from }] : []
  })
  return (
    <Stack gap="xs" component="section" aria-label="Segments to begin with">
      <Text size="sm" fw={600}>
        Begin with
      </Text>
      <SimpleGrid
        cols={{ base: 1, xs: 2, md: 3 }}
        spacing="xs"
        component="ul"
        m={0}
        p={0}
        style={{ listStyle: 'none' }}
      >
        {offered.map(({ key, name, why, from }) => (
          <li key={key}>
            <Link {...paths.newSegment(workspace.id, { from, name })} className={classes.starter}>
              <span className={classes.name}>{name}</span>
              <Text span size="xs" c="dimmed" display="block">
                {why}
              </Text>
            </Link>
          </li>
        ))}
      </SimpleGrid>
    </Stack>
  )
}
