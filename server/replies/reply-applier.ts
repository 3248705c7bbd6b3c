/**
 * What people answered, made into facts: every reply is kept; STOP and its kin stop what was last sent to the number from
 * that sender, START lifts it. In the order in which they came: a STOP and a START of one person end as said last.
 *
 * An SMPP account may serve several workspaces, and a reply may come down the bind of any of them: it belongs to the workspace
 * that last sent to the number from that sender. Where no message is found, a STOP holds for all of them. What a text wants:
 * core/sms/keywords.ts. How the number is read: reply-address.ts.
 */
import { cleanText } from '../../core/clean-text.ts'
import { classifyReply, type ReplyContext, type ReplyKind } from '../../core/sms/keywords.ts'
import { makeApplier, type Registration } from '../inbox/applier.ts'
import { Tallies } from '../messages/tallies.ts'
import type { Database, Db } from '../platform/db/database.ts'
import { type OptIn, type OptOut, optInAll, optOutAll } from '../suppression/opt-out.ts'
import { type Answered, readAnswered } from './answered-message.ts'
import { type ReplyRow, replyKind } from './reply-kind.ts'
import { joinOverdue, joinParts, type WholeReply } from './reply-parts.ts'
import { insertReplies, type NewReply } from './store.ts'

/** A reply is an SMS, and speaks of SMS. */
const channel = 'sms'
/** A reply counts in the report of a message sent at most this long before; what it stops does not depend on it. */
const attributedMs = 7 * 24 * 3_600_000
/** Longer texts are cut: ten parts are 1,530 characters. */
const textLimit = 4_000

export const replies: Registration = {
  kinds: [replyKind],
  makeApplier: ({ db, grouping }) =>
    makeApplier([replyKind], (rows, finish) =>
      db.tx(async tx => {
        const tallies = new Tallies()
        await applyReplies(tx, rows, tallies)
        await tallies.flush(tx, grouping.writer)
        await finish(tx)
      }),
    ),
}

/** Call within a transaction; `tallies` is flushed by the caller. Replies that are there already change nothing. */
export async function applyReplies(tx: Db, rows: readonly ReplyRow[], tallies: Tallies): Promise<void> {
  await applyWhole(tx, await joinParts(tx, rows), tallies)
}

/** Replies whose other parts did not come. `nowReal`: a time-out. Returns how many there were. */
export function applyOverdueReplies(db: Database, nowReal: Date, tallyBucket: number): Promise<number> {
  return db.tx(async tx => {
    const tallies = new Tallies()
    const wholes = await joinOverdue(tx, nowReal)
    await applyWhole(tx, wholes, tallies)
    await tallies.flush(tx, tallyBucket)
    return wholes.length
  })
}

async function applyWhole(tx: Db, rows: readonly WholeReply[], tallies: Tallies): Promise<void> {
  const answered = await readAnswered(tx, rows)
  const kept = answered.map(newReply)
  const isFresh = await insertReplies(tx, kept)
  const effects = kept.flatMap((reply, i) => (isFresh(reply) ? effectsOf(reply, answered[i]!) : []))
  for (const run of runsOf(effects)) {
    if (run.kind === 'out') await optOutAll(tx, run.outs, tallies)
    else await optInAll(tx, run.ins)
  }
}

function newReply({ row, here, phone, last }: Answered): NewReply {
  const text = cleanText(row.body.text.slice(0, textLimit))
  const sender = cleanText(row.body.sender)
  const profileId = last?.profileId ?? 0
  return {
    source: row.source,
    seq: row.seq,
    bucket: profileId & 255,
    profileId,
    activityId: last?.activityId ?? null,
    workspaceId: here.workspaceId,
    gatewayId: here.gatewayId,
    address: phone ?? cleanText(row.body.number),
    sender,
    text,
    kind: kindOf(row, text, { brand: here.workspace, sender }),
    at: row.at,
  }
}

/** A text with gaps is judged by what it begins with; one without its beginning is for a person to read. */
function kindOf({ beginning }: WholeReply, text: string, context: ReplyContext): ReplyKind {
  if (beginning === undefined) return classifyReply(text, context).kind
  if (beginning !== '') return classifyReply(beginning, context).kind
  const { kind } = classifyReply(text, context)
  return kind === 'opt_out' || kind === 'opt_out_all' || kind === 'looks_like_opt_out' ? 'looks_like_opt_out' : 'other'
}

type Effect = { kind: 'out'; out: OptOut } | { kind: 'in'; in: OptIn }

/** Nothing where the address is no number: there is nobody to stop, and the reply is kept. */
function effectsOf(reply: NewReply, { here, everywhere, phone, last }: Answered): Effect[] {
  if (phone === undefined) return []
  const topicIds = last?.topicIds ?? null
  const now = reply.at
  // Without a message nobody knows whom of the account the person means.
  const workspaceIds = last === undefined ? everywhere : [here.workspaceId]
  if (reply.kind === 'opt_in')
    return workspaceIds.map(workspaceId => ({
      kind: 'in',
      // Elsewhere it takes back what a STOP like it has said, and nothing that was said there.
      in: {
        workspaceId,
        channel,
        address: phone,
        topicIds,
        now,
        ...(workspaceId === here.workspaceId ? {} : { saidBy: 'keyword' }),
      },
    }))
  if (reply.kind !== 'opt_out' && reply.kind !== 'opt_out_all') return []
  const isRecent = last !== undefined && now.getTime() - last.at.getTime() <= attributedMs
  const { source, seq, text, sender } = reply
  return workspaceIds.map(workspaceId => ({
    kind: 'out',
    out: {
      workspaceId,
      channel,
      address: phone,
      topicIds: reply.kind === 'opt_out_all' ? null : topicIds,
      source: 'keyword',
      activityId: isRecent ? last.activityId : null,
      profileId: isRecent ? last.profileId : null,
      // What was written is another workspace's business where it is kept there.
      evidence: workspaceId === here.workspaceId ? { text, sender, source, seq } : { sender, source, seq },
      now,
    },
  }))
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
