/** The columns of the start page. On a phone the sender and the time are under the name. */
import { allows } from '../../core/activities/states.ts'
import { paths } from '../paths.ts'
import type { Column } from '../ui/DataTable.tsx'
import { TextLink } from '../ui/links.tsx'
import { count, credits, none, percent } from '../ui/numbers.ts'
import { StatusBadge } from '../ui/StatusBadge.tsx'
import { activityLooks } from '../ui/status.ts'
import { Time } from '../ui/Time.tsx'
import type { ActivityRow } from './queries.ts'

export const draftColumns = (workspace: number): Column<ActivityRow>[] => [name(workspace), sender, when('Last change')]

export const sentColumns = (workspace: number): Column<ActivityRow>[] => [
  name(workspace),
  { key: 'state', label: 'State', sortable: true, render: row => <StatusBadge look={activityLooks[row.state]} /> },
  sender,
  {
    key: 'recipients',
    label: 'Recipients',
    figure: true,
    wide: true,
    sortable: true,
    render: row => count(row.recipients),
  },
  { key: 'delivered', label: 'Delivered', figure: true, sortable: true, render: row => percent(row.deliveredRate) },
  { key: 'ctr', label: 'CTR', figure: true, wide: true, sortable: true, render: row => percent(row.ctr) },
  {
    key: 'credits',
    label: 'Credits',
    figure: true,
    wide: true,
    sortable: true,
    render: row => (row.credits ? credits(row.credits) : none),
  },
  when('When'),
]

function name(workspace: number): Column<ActivityRow> {
  return {
    key: 'name',
    label: 'Name',
    room: 150,
    sortable: true,
    render: row => (
      <TextLink
        {...(allows('edit', row.state) ? paths.edit(workspace, row.id) : paths.report(workspace, row.id))}
        fw={500}
        inherit
        c="inherit"
        className="wrap-anywhere"
      >
        {row.name}
      </TextLink>
    ),
  }
}

const sender: Column<ActivityRow> = {
  key: 'sender',
  label: 'Sender',
  below: 'plain',
  sortable: true,
  render: row => row.sender || 'No sender yet',
}

const when = (label: string): Column<ActivityRow> => ({
  key: 'when',
  label,
  below: 'plain',
  sortable: true,
  render: row => <Time at={row.when} />,
})
