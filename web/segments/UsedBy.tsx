/** Where a segment is used. */
import { Text } from '@mantine/core'
import { paths } from '../paths.ts'
import { useWorkspace } from '../shell/me.ts'
import { TextLink } from '../ui/links.tsx'
import { Panel } from '../ui/Panel.tsx'
import type { Segment } from './queries.ts'

export function UsedBy({ segment: { usedBy } }: { segment: Segment }) {
  const workspace = useWorkspace()
  return (
    <Panel title="Used in">
      {usedBy.length === 0 ? (
        <Text size="sm" c="dimmed">
          No segment, draft or scheduled SMS uses it.
        </Text>
      ) : (
        <ul style={{ margin: 0, paddingInlineStart: 18 }}>
          {usedBy.map(({ kind, id, name }) => (
            <li key={`${kind} ${id}`}>
              <TextLink
                {...(kind === 'segment' ? paths.segment(workspace.id, id) : paths.edit(workspace.id, id, 'send-to'))}
                size="sm"
                className="wrap-anywhere"
              >
                {name}
              </TextLink>
              <Text span size="sm" c="dimmed">
                {kind === 'segment' ? ', a segment' : ', an SMS'}
              </Text>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  )
}
