/**
 * What would an import do, by the key that identifies its rows? The list, or its beginning, is checked, staged and matched with the profiles of
 * the workspace as an import does it (profiles/merge.ts), once per mapped key, and rolled back.
 */
import type { CountryCode } from 'libphonenumber-js/max'
import type { PoolClient } from 'pg'
import { listAttributes } from '../access/workspaces.ts'
import { type ListBatch, realRows } from '../files/list-batch.ts'
import { type ListInOptions, openList } from '../files/list-in.ts'
import { type Database, overClient } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import { findPersons } from '../profiles/merge.ts'
import { analyzeStage, copyStaged, openStage, type Who } from '../profiles/stage.ts'
import type { BoundMapping } from './check-row.ts'
import { planOf, sampleRows } from './column-plan.ts'
import { noAnswers } from './consent-words.ts'
import { textBytes } from './import.ts'
import { numbersMerged } from './list-figures.ts'
import { bindMap, type MapEntry, targetName, whoKeys, whoOf } from './mapping.ts'
import { checkInOrder, openChecker } from './pool.ts'

export interface KeyOutcome {
  key: Who
  created: number
  updated: number
  /** Rows that another row of the same person replaces. */
  merged: number
  /** Numbers that are not imported, because a later row of the same person has another one. */
  numbersMerged: number
}

export interface Outcomes {
  /** Data rows that were read. */
  rows: number
  /** Whether they are all rows of the file as it was given. */
  complete: boolean
  /** Rows that no key identifies, or with a fault. */
  rejected: number
  /** The key that an import takes without a choice comes first. */
  keys: KeyOutcome[]
}

export interface OutcomesInput {
  workspaceId: number
  /** Path of the list, or of the beginning of a CSV. */
  path: string
  country: CountryCode
  map: readonly MapEntry[]
  /** how the file is read */
  reading?: ListInOptions
}

const batchRows = 1000
export const maxOutcomeRows = 50_000

/** Throws what an import of the file would throw at its start. */
export async function outcomesOf(db: Database, input: OutcomesInput): Promise<Outcomes> {
  const csv = await openList(input.path, { ...input.reading, cut: true })
  let client: PoolClient | undefined
  try {
    const bound = bindMap(input.map, csv.headers)
    const batches: ListBatch[] = []
    const complete = await readInto(batches, csv.batches(batchRows))
    const catalogue = new Map((await listAttributes(db, input.workspaceId)).map(({ name, type }) => [name, type]))
    const plan = planOf(bound, {
      headers: csv.headers,
      sample: batches[0] === undefined ? [] : realRows(batches[0]).slice(0, sampleRows),
      separator: csv.form.separator,
      country: input.country,
      catalogue,
      who: whoOf(input.map),
      answers: noAnswers,
    })
    client = await db.connect()
    await openStage(overClient(client), true)
    const rejected = await stage(client, plan, batches, textBytes(csv.form))
    const mapped = new Set(input.map.map(({ target }) => targetName(target)))
    const keys: KeyOutcome[] = []
    for (const key of whoKeys.filter(known => mapped.has(known))) {
      keys.push(await outcomeOf(client, input.workspaceId, key))
    }
    return { rows: batches.reduce((sum, { rows }) => sum + rows.length, 0), complete, rejected, keys }
  } finally {
    await csv.close()
    // Closing it drops the stage table.
    client?.release(true)
  }
}

/** The end of a cut file cannot be read. Returns whether all rows were read. */
async function readInto(batches: ListBatch[], from: AsyncIterable<ListBatch>): Promise<boolean> {
  let rows = 0
  try {
    for await (const batch of from) {
      batches.push(batch)
      rows += batch.rows.length
      if (rows >= maxOutcomeRows) return false
    }
    return true
  } catch (error) {
    if (rows === 0) throw error
    return false
  }
}

async function stage(
  client: PoolClient,
  plan: BoundMapping,
  batches: readonly ListBatch[],
  bytes: number,
): Promise<number> {
  const checker = openChecker(plan, bytes)
  let rejected = 0
  async function* each() {
    yield* batches
  }
  async function* copied(): AsyncGenerator<Uint8Array> {
    for await (const { answer } of checkInOrder(each(), checker)) {
      rejected += answer.notes.filter(({ imported }) => !imported).length
      if (answer.accepted > 0) yield answer.copy
    }
  }
  try {
    await copyStaged(client, copied())
  } finally {
    await checker.close()
  }
  await analyzeStage(client, ['profile_stage'])
  return rejected
}

async function outcomeOf(client: PoolClient, workspaceId: number, key: Who): Promise<KeyOutcome> {
  const tx = overClient(client)
  await tx.run(sql`begin`)
  try {
    const { all, known } = await findPersons(tx, {
      workspaceId,
      who: key,
      fallback: true,
      filled: table => analyzeStage(client, [table]),
    })
    const [staged] = await tx.query<{ n: number }>(sql`select count(*) as n from profile_stage`)
    return {
      key,
      created: all - known,
      updated: known,
      merged: (staged?.n ?? 0) - all,
      numbersMerged: await numbersMerged(tx),
    }
  } finally {
    await tx.run(sql`rollback`)
  }
}
