/** A frozen segment: a list of people that stays. It shows who is in it and from what it was made. */
import { Group, Text } from '@mantine/core'
import { describe } from '../../core/segments/describe.ts'
import { everybody } from '../../core/segments/tree.ts'
import { paths } from '../paths.ts'
import { useWorkspace } from '../shell/me.ts'
import { TagButton } from '../tags/TagButton.tsx'
import { BackLink } from '../ui/BackLink.tsx'
import { ButtonLink } from '../ui/links.tsx'
import { plural } from '../ui/numbers.ts'
import { Page } from '../ui/Page.tsx'
import { Panel } from '../ui/Panel.tsx'
import { Time } from '../ui/Time.tsx'
import { ComparePanel } from './ComparePanel.tsx'
import { ExportSegment } from './ExportSegment.tsx'
import { readGiven } from './from.ts'
import { Members } from './Members.tsx'
import { ofSegment, type Segment } from './queries.ts'
import { Sentence } from './Sentence.tsx'
import { UsedBy } from './UsedBy.tsx'
import { useNames } from './useNames.ts'

export function FrozenSegment({ segment }: { segment: Segment }) {
  const workspace = useWorkspace()
  const given = segment.definition === null ? undefined : readGiven(segment.definition)
  const tree = given && 'tree' in given ? given.tree : undefined
  const names = useNames([tree ?? everybody])
  return (
    <Page
      title={segment.name}
      back={<BackLink {...paths.segments(workspace.id)}>Segments</BackLink>}
      description={
        <>
          A frozen list of {plural(segment.size ?? 0, 'profile')}, made <Time at={segment.createdAt} />. It keeps its
          people.
        </>
      }
      actions={
        <Group gap="sm">
          <TagButton tree={ofSegment(segment.id)} whose="everybody in this list" />
          <ExportSegment id={segment.id} holds={plural(segment.size ?? 0, 'profile')} />
          <ButtonLink
            {...paths.newSegment(workspace.id, {
              from: ofSegment(segment.id),
              name: `From ${segment.name}`.slice(0, 100),
            })}
            variant="default"
          >
            New segment from it
          </ButtonLink>
        </Group>
      }
    >
      {tree && (
        <Panel title="Made from">
          <Text size="sm">
            <Sentence parts={describe(tree, names, workspace.timeZone)} />
          </Text>
        </Panel>
      )}
      <Members tree={ofSegment(segment.id)} />
      <ComparePanel segment={segment} />
      <UsedBy segment={segment} />
    </Page>
  )
}
