/** From a figure, a link or a reason to its people: the segment of those who did and of those who did not, filled in in the builder. */
import { ActionIcon, Button, Menu } from '@mantine/core'
import { IconUsersPlus } from '@tabler/icons-react'
import { useNavigate } from '@tanstack/react-router'
import { countryName } from '../../core/country-names.ts'
import { sentenceOf } from '../../core/segments/describe.ts'
import { type FigurePeople, oppositeNameOf, segmentNameOf, whoDid, whoDidNot } from '../../core/segments/from-report.ts'
import { paths } from '../paths.ts'
import { ActItem } from '../shell/may.tsx'
import { useWorkspace } from '../shell/me.ts'
import type { Report } from './queries.ts'

/** Which people of the report. `of`: in words, what narrows them: a link, a reason. */
export type ReportPeople = Omit<FigurePeople, 'activity'> & { of?: string | undefined }

interface Props {
  report: Report
  people: readonly ReportPeople[]
}

/** Beside a figure. `name`: of what is beside it, for people who cannot see it. */
export function CreateSegmentMenu({ name, ...props }: Props & { name: string }) {
  return (
    <Menu position="bottom-end" width={320} portalProps={{ target: '#main' }} withInitialFocusPlaceholder={false}>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size="sm" aria-label={`Create segment: ${name}`}>
          <IconUsersPlus size={15} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>Create segment</Menu.Label>
        <Items {...props} />
      </Menu.Dropdown>
    </Menu>
  )
}

/** In the bar at the bottom of a tab. */
export function CreateSegmentButton(props: Props) {
  return (
    <Menu position="top-end" width={340} portalProps={{ target: '#main' }} withInitialFocusPlaceholder={false}>
      <Menu.Target>
        <Button variant="default" leftSection={<IconUsersPlus size={16} aria-hidden />}>
          Create segment
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Items {...props} />
      </Menu.Dropdown>
    </Menu>
  )
}

function Items({ report, people }: Props) {
  const workspace = useWorkspace()
  const navigate = useNavigate()
  const activity = Number(report.activity)
  const names = {
    topic: () => undefined,
    segment: () => undefined,
    gateway: () => undefined,
    activity: () => report.name,
    link: (id: number) => report.links.find(link => link.id === id)?.url,
    country: countryName,
  }
  const offered = people.flatMap(({ of, ...one }) => {
    const asked = { ...one, activity }
    const opposite = whoDidNot(asked)
    return [
      { name: segmentNameOf(asked, report.name, of), from: whoDid(asked) },
      ...(opposite ? [{ name: oppositeNameOf(asked, report.name, of), from: opposite }] : []),
    ]
  })
  return offered.map(({ name, from }) => (
    <ActItem
      key={name}
      operation="createSegment"
      icon={<IconUsersPlus size={16} aria-hidden />}
      onClick={() => void navigate(paths.newSegment(workspace.id, { from, name }))}
    >
      {sentenceOf(from, names, workspace.timeZone)}
    </ActItem>
  ))
}
