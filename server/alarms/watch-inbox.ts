/** What is wrong with what comes in: lanes that do not move, and records that match nothing, cannot be read or cannot be applied. */
import { readLanes } from '../inbox/behind.ts'
import { type Lane, laneSettings } from '../inbox/lanes.ts'
import { countUnmatched } from '../inbox/unmatched.ts'
import type { Clock } from '../platform/clock.ts'
import type { Db } from '../platform/db/database.ts'
import type { AlarmKind, Standing } from './alarms.ts'

export const behindKinds: readonly AlarmKind[] = ['inbox_behind']
export const unmatchedKinds: readonly AlarmKind[] = ['receipts_unmatched', 'deliveries_unreadable', 'records_set_aside']
/** Counting a day of what another system's receipts may be costs more than the other looks. */
export const unmatchedEveryMs = 15_000

const behindMs: Record<Lane, number> = {
  replies: 15_000,
  gateway: laneSettings.gateway.barsSendingMs,
  web: 60_000,
  events: 300_000,
}
const behindSentence: Record<Lane, string> = {
  replies: 'Replies are not applied at the moment. Sending pauses, because a STOP may be among them.',
  gateway:
    'Delivery receipts are not applied at the moment. Sending pauses, and the report shows less than was delivered.',
  web: 'Clicks are not counted at the moment.',
  events: 'Website events are not applied at the moment.',
}

export async function findBehind(db: Db, clock: Clock): Promise<Standing[]> {
  const lanes = await readLanes(db, clock)
  return lanes.flatMap(({ lane, oldest, ageMs, holder }) => {
    if (oldest === null || ageMs <= behindMs[lane]) return []
    return [
      {
        kind: 'inbox_behind' as const,
        subject: `inbox lane ${lane}`,
        workspaceId: null,
        sentence: behindSentence[lane],
        fix: 'Nothing is lost: what came in is kept and will be applied. If this stays for minutes, tell your administrator: its log says why, and a restart of the worker lets another one take over.',
        detail: `The oldest record of the inbox lane "${lane}" that is not applied came in at ${oldest.toISOString()}. ${holder === null ? 'No worker has the lane.' : `The worker ${holder} has the lane.`}`,
        afterMs: 0,
      },
    ]
  })
}

const times = (n: number, one: string, many: string) => (n === 1 ? `1 ${one}` : `${n} ${many}`)

export async function findUnmatched(db: Db, now: Date): Promise<Standing[]> {
  const counts = await countUnmatched(db, new Date(now.getTime() - 24 * 3_600_000))
  return counts.flatMap(({ gatewayId, gateway, workspaceId, unmatched, unreadable, setAside }) => {
    const where = gateway === null ? '' : ` of the gateway “${gateway}”`
    const about = { subject: gatewayId === null ? 'installation' : `gateway ${gatewayId}`, workspaceId, afterMs: 0 }
    const found: Standing[] = []
    if (unmatched > 0)
      found.push({
        ...about,
        kind: 'receipts_unmatched',
        sentence: `${times(unmatched, 'receipt', 'receipts')}${where} in the last 24 hours ${unmatched === 1 ? 'matches' : 'match'} no message.`,
        fix: 'Look at them under Settings, Unmatched. If another system sends over the same account, they are its own: ask the provider for an account that only Homing uses. If they are yours, the provider writes their ids in another form: ask which one.',
        detail: `They are looked at again for 30 days, further and further apart. homing unmatched lists them.`,
      })
    if (unreadable > 0)
      found.push({
        ...about,
        kind: 'deliveries_unreadable',
        sentence: `${times(unreadable, 'delivery', 'deliveries')}${where} in the last 24 hours could not be read.`,
        fix: 'They may be replies or receipts. They are kept as they came: look at them under Settings, Unmatched, and ask the provider what they are.',
        detail: 'homing unmatched --json shows each one raw, with what is wrong with it.',
      })
    if (setAside > 0)
      found.push({
        ...about,
        kind: 'records_set_aside',
        sentence: `${times(setAside, 'record', 'records')}${where} could not be applied, for example a reply, a receipt or a click. What they report is not counted.`,
        fix: 'Everything else continues. They are kept and tried again. Tell your administrator to look at the reason, to update Homing, and to run "homing unmatched --retry".',
        detail: 'homing unmatched lists them with the reason.',
      })
    return found
  })
}
