/**
 * The cells of the report's lists. The API gives the columns and their labels (core/report/tabs.ts). Related columns share
 * a cell: name and address, another address and key, a reason and its code.
 */
import { Text, Tooltip } from '@mantine/core'
import { notSentReason } from '../../../core/audience/not-sent-reasons.ts'
import { type Channel, channels } from '../../../core/channels.ts'
import { figure } from '../../../core/report/figures.ts'
import type { TabKey } from '../../../core/report/tabs.ts'
import { ProfileLink } from '../../profiles/ProfileLink.tsx'
import { type Column, TwoLines } from '../../ui/DataTable.tsx'
import { count, none } from '../../ui/numbers.ts'
import { StatusBadge } from '../../ui/StatusBadge.tsx'
import { messageLooks } from '../../ui/status.ts'
import { Time } from '../../ui/Time.tsx'
import type { ListRow } from '../queries.ts'

type Cell = Omit<Column<ListRow>, 'key' | 'label'>

interface OfReport {
  workspace: number
  channel: Channel
}

/** The second line of another column's cell. */
const below: Record<string, string> = { name: 'address', email: 'externalKey', phone: 'externalKey' }
const second = new Set([...Object.values(below), 'code'])
/** Left out of one list for lack of room. The Profile View and the export have it. */
const noRoom: Partial<Record<TabKey, readonly string[]>> = { bounced: ['email', 'phone'] }
/** Lists that show the time under the name on a phone, because their other columns need the room beside it. */
const timeBelow: ReadonlySet<TabKey> = new Set(['sent', 'clicks', 'bounced', 'pending', 'unsubscribed', 'not-sent'])
const bounceLabels: Partial<Record<ListRow['status'], string>> = {
  bounced_hard: figure('bouncedHard').label,
  bounced_soft_retrying: figure('bouncedSoftRetrying').label,
  bounced_soft_final: figure('bouncedSoftFinal').label,
}

/** An address of the profile that is not the one of the message. */
const otherAddress = (key: 'email' | 'phone'): Cell => ({
  wide: true,
  render: row => <TwoLines first={row[key] ?? row.externalKey ?? none} second={row[key] ? row.externalKey : null} />,
})

const cells: Record<string, Cell> = {
  email: otherAddress('email'),
  phone: otherAddress('phone'),
  status: { render: row => <StatusBadge look={messageLooks[row.status]} /> },
  attempts: { figure: true, wide: true, render: row => count(row.attempts) },
  clicks: { figure: true, render: row => count(row.clicks) },
  botClicks: { figure: true, render: row => count(row.botClicks ?? 0) },
  suspicions: { room: 170, below: 'plain', render: row => suspicions(row) },
  links: { wide: true, render: row => <span className="figures">{row.links?.join(', ') || none}</span> },
  nextTry: { wide: true, render: row => <Time at={row.nextTry} /> },
  firstClickAt: { wide: true, render: row => <Time at={row.firstClickAt} /> },
  at: { render: row => <Time at={row.at} /> },
}

export function listColumns(
  tab: TabKey,
  columns: readonly { key: string; label: string }[],
  of: OfReport,
): Column<ListRow>[] {
  const labels = new Map(columns.map(({ key, label }) => [key, label]))
  return columns
    .filter(({ key }) => !second.has(key) && !noRoom[tab]?.includes(key))
    .map(({ key, label: first }) => {
      const other = labels.get(below[key] ?? '')
      const label = other ? `${first}, ${other.toLowerCase()}` : first
      return { key, label, ...cellOf(tab, key, of) }
    })
}

function cellOf(tab: TabKey, key: string, { workspace, channel }: OfReport): Cell {
  if (key === 'name') return { room: 150, render: row => who(row, workspace, channel) }
  if (key === 'reason' && tab === 'bounced')
    return { room: 150, below: 'plain', render: row => bounceReason(row, channel) }
  if (key === 'reason') return { room: 150, render: row => whyNotSent(row, channel) }
  if (key === 'at' && timeBelow.has(tab)) return { below: 'labelled', render: row => <Time at={row.at} /> }
  // All rows are bounces, so the kind is enough.
  if (key === 'status' && tab === 'bounced') {
    return {
      render: row => {
        const look = messageLooks[row.status]
        return <StatusBadge look={{ ...look, label: bounceLabels[row.status] ?? look.label }} />
      },
    }
  }
  // An unknown column is shown as plain text.
  const plain = (row: ListRow) => String(Object.entries(row).find(([name]) => name === key)?.[1] ?? none)
  return cells[key] ?? { render: plain }
}

function who(row: ListRow, workspace: number, channel: Channel) {
  const missing = row.erased ? null : notSentReason('no_address', channel)?.label
  return (
    <TwoLines
      first={
        <ProfileLink workspace={workspace} id={row.profileId}>
          {row.name ?? `Profile ${row.profileId}`}
        </ProfileLink>
      }
      second={<span className="figures">{row.address ?? row.addressGiven ?? missing}</span>}
    />
  )
}

function whyNotSent(row: ListRow, channel: Channel) {
  return (
    <Tooltip label={row.reason ?? 'The reason is unknown.'}>
      <Text span inherit>
        {notSentReason(row.code ?? '', channel)?.label ?? row.code ?? none}
      </Text>
    </Tooltip>
  )
}

/** The most frequent reason, with the others below. Hovering shows what they mean. */
function suspicions({ suspicions = [] }: ListRow) {
  const [first, ...others] = suspicions
  if (!first) return none
  return (
    <Tooltip
      multiline
      w={320}
      label={suspicions.map(({ label, sentence }) => (
        <Text key={label} size="xs">
          {label}: {sentence}
        </Text>
      ))}
    >
      <div>
        <TwoLines
          first={first.label}
          second={[first.verdict === 'bot' ? 'Bot' : 'Suspect', ...others.map(({ label }) => label)].join(', ')}
        />
      </div>
    </Tooltip>
  )
}

function bounceReason(row: ListRow, channel: Channel) {
  const closed = row.closed && `${channels[channel].words.address} closed`
  const notes = [row.code && `Code ${row.code}`, closed].filter(Boolean).join(', ')
  return <TwoLines first={row.reason ?? none} second={notes} />
}
