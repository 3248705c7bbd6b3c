/**
 * For tests: how much does some work read, and how? Statements, pages and plans do not depend on the speed of the machine.
 * Each statement is explained first, in a transaction that is taken back.
 */
import type { Database, Db } from '../server/platform/db/database.ts'
import { type Sql, sql } from '../server/platform/db/sql.ts'

/** A node of a plan, as far as tests look at it. */
export interface PlanNode {
  'Node Type': string
  'Relation Name'?: string
  'Index Cond'?: string
  'Shared Hit Blocks'?: number
  'Shared Read Blocks'?: number
  Plans?: PlanNode[]
}

export interface Reads {
  statements: number
  /** blocks of 8 kB, each as often as it was touched */
  pages: number
  plans: PlanNode[]
}

class TakenBack extends Error {}

/** A database that counts what is asked of it. */
export function countReads(db: Database): { db: Database; reads: () => Reads; reset: () => void } {
  let reads: Reads = { statements: 0, pages: 0, plans: [] }
  const note = (node: PlanNode | undefined) => {
    reads.statements++
    if (node === undefined) return
    reads.plans.push(node)
    reads.pages += (node['Shared Hit Blocks'] ?? 0) + (node['Shared Read Blocks'] ?? 0)
  }
  const counting = (inner: Db, explained: (statement: Sql) => Promise<PlanNode | undefined>): Db => ({
    async query(statement, name) {
      note(await explained(statement))
      return inner.query(statement, name)
    },
    async run(statement, name) {
      note(await explained(statement))
      return inner.run(statement, name)
    },
  })
  const inTransaction = (tx: Db) => async (statement: Sql) => {
    await tx.run(sql`savepoint explained`)
    const node = await explain(tx, statement)
    await tx.run(sql`rollback to savepoint explained`)
    return node
  }
  const alone = async (statement: Sql) => {
    let node: PlanNode | undefined
    await db
      .tx(async tx => {
        node = await explain(tx, statement)
        throw new TakenBack()
      })
      .catch((error: unknown) => {
        if (!(error instanceof TakenBack)) throw error
      })
    return node
  }
  return {
    db: {
      ...counting(db, alone),
      max: db.max,
      connect: () => db.connect(),
      end: () => db.end(),
      tx: work => db.tx((tx, client) => work(counting(tx, inTransaction(tx)), client)),
    },
    reads: () => reads,
    reset: () => {
      reads = { statements: 0, pages: 0, plans: [] }
    },
  }
}

async function explain(db: Db, statement: Sql): Promise<PlanNode | undefined> {
  if (!/^\s*(select|with|insert|update|delete)\b/i.test(statement.text)) return undefined
  const [row] = await db.query<{ 'QUERY PLAN': { Plan: PlanNode }[] }>(
    sql`explain (analyze, buffers, timing off, format json) ${statement}`,
  )
  return row?.['QUERY PLAN'][0]?.Plan
}

/** All nodes of plans that read a table. */
export function scansOf(plans: readonly PlanNode[], table: string): PlanNode[] {
  return plans.flatMap(node => [
    ...(node['Relation Name'] === table && node['Node Type'].includes('Scan') ? [node] : []),
    ...scansOf(node.Plans ?? [], table),
  ])
}
