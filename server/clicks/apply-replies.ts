/**
 * What people answered, made into facts: every reply is kept; STOP and its kin stop what was last sent to the number from
 * that sender, START lifts it. In the order in which they came: a STOP and a START of one person end as said last.
 * What a text wants: core/sms/keywords.ts.
 */
import { classifyReply, type ReplyKind } from '../../core/sms/keywords.ts'
import type { Applier } from '../inbox/applier.ts'
import type { InboxRow } from '../inbox/record.ts'
import { Tallies } from '../messages/tallies.ts'
import type { Database, Db } from '../platform/db.ts'
import { type OptIn, type OptOut, optInAll, optOutAll } from '../suppression/opt-out.ts'
import { insertReplies, type LastMessage, readGateways, readLastMessages } from './reply-store.ts'

/** A reply counts in the report of a message sent at most this long before; what it stops does not depend on it. */
const attributedMs = 7 * 24 * 3_600_000
/** Longer texts are cut: ten parts are 1,530 signs. */
const textLimit = 4_000

export type ReplyRow = Extract<InboxRow, { kind: 'reply' }>

export interface NewReply {
  source: number
  seq: number
  bucket: number
  /** 0: no message was sent to the number */
  profileId: number
  activityId: number | null
  workspaceId: number
  gatewayId: number
  phone: string
  sender: string
  text: string
  kind: ReplyKind
  at: Date
}

/** tallyBucket: the writer's own number, under which its tallies are written. */
export function replyApplier(db: Database, tallyBucket: number): Applier {
  return {
    kinds: ['reply'],
    apply: (rows, finish) =>
      db.tx(async tx => {
        const tallies = new Tallies()
        await applyReplies(
          tx,
          rows.filter(row => row.kind === 'reply'),
          tallies,
        )
        await tallies.flush(tx, tallyBucket)
        await finish(tx)
      }),
  }
}

/** Call within a transaction; `tallies` is flushed by the caller. Replies that are there already change nothing. */
export async function applyReplies(tx: Db, rows: readonly ReplyRow[], tallies: Tallies): Promise<void> {
  const gateways = await readGateways(
    tx,
    rows.flatMap(row => row.gatewayId ?? []),
  )
  const asked = rows.flatMap(row => {
    const gateway = gateways.get(row.gatewayId ?? 0)
    return gateway === undefined ? [] : [{ row, gateway, phone: phoneOf(row.body.number) }]
  })
  const lastMessages = await readLastMessages(
    tx,
    asked.map(({ row, gateway, phone }) => ({
      workspaceId: gateway.workspaceId,
      phone,
      sender: row.body.sender,
      before: row.at,
    })),
  )
  const replies = asked.map(({ row, gateway, phone }, i) => newReply(row, gateway, phone, lastMessages[i]))
  const isFresh = await insertReplies(tx, replies)
  const effects = replies.flatMap((reply, i) => (isFresh(reply) ? effectOf(reply, lastMessages[i]) : []))
  for (const run of runsOf(effects)) {
    if (run.kind === 'out') await optOutAll(tx, run.outs, tallies)
    else await optInAll(tx, run.ins)
  }
}

function newReply(
  row: ReplyRow,
  gateway: { workspaceId: number; workspace: string },
  phone: string,
  last: LastMessage | undefined,
): NewReply {
  // PostgreSQL takes no U+0000 in a text, and phones can send one.
  const text = row.body.text.replaceAll('\0', '').slice(0, textLimit)
  const profileId = last?.profileId ?? 0
  return {
    source: row.source,
    seq: row.seq,
    bucket: profileId & 255,
    profileId,
    activityId: last?.activityId ?? null,
    workspaceId: gateway.workspaceId,
    gatewayId: row.gatewayId ?? 0,
    phone,
    sender: row.body.sender.replaceAll('\0', ''),
    text,
    kind: classifyReply(text, { brand: gateway.workspace, sender: row.body.sender }).kind,
    at: row.at,
  }
}

type Effect = { kind: 'out'; out: OptOut } | { kind: 'in'; in: OptIn }

function effectOf(reply: NewReply, last: LastMessage | undefined): Effect[] {
  const { workspaceId, phone, at } = reply
  const topicIds = last?.topicIds ?? null
  if (reply.kind === 'opt_in') return [{ kind: 'in', in: { workspaceId, phone, topicIds, now: at } }]
  if (reply.kind !== 'opt_out' && reply.kind !== 'opt_out_all') return []
  const isRecent = last !== undefined && at.getTime() - last.at.getTime() <= attributedMs
  return [
    {
      kind: 'out',
      out: {
        workspaceId,
        phone,
        topicIds: reply.kind === 'opt_out_all' ? null : topicIds,
        source: 'keyword',
        activityId: isRecent ? last.activityId : null,
        profileId: isRecent ? last.profileId : null,
        evidence: { text: reply.text, sender: reply.sender, source: reply.source, seq: reply.seq },
        now: at,
      },
    },
  ]
}

type Run = { kind: 'out'; outs: OptOut[] } | { kind: 'in'; ins: OptIn[] }

function runsOf(effects: readonly Effect[]): Run[] {
  const runs: Run[] = []
  for (const effect of effects) {
    const last = runs.at(-1)
    if (effect.kind === 'out') {
      if (last?.kind === 'out') last.outs.push(effect.out)
      else runs.push({ kind: 'out', outs: [effect.out] })
    } else if (last?.kind === 'in') last.ins.push(effect.in)
    else runs.push({ kind: 'in', ins: [effect.in] })
  }
  return runs
}

/** "46 70-174 06 05" -> "+46701740605" */
function phoneOf(number: string): string {
  return `+${number.replace(/\D/g, '').slice(0, 15)}`
}
