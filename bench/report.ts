/**
 * How quickly does the report answer, whatever the size of the activity? Over HTTP, with an API key, from the real web process on
 * the embedded PostgreSQL: the report itself, the first page of every tab, a page far behind, a search by each leading part,
 * a rare one and one that half of the list has. One reader asks one thing after the other over one connection.
 */
import { Agent, request } from 'node:http'
import { tabs } from '../core/report/tabs.ts'
import { createApiKey } from '../server/access/keys.ts'
import { sql } from '../server/platform/db/sql.ts'
import { child, freePort } from './child.ts'
import { inFreshHoming } from './fresh-homing.ts'
import type { BenchResult } from './result.ts'
import { makeSentActivity } from './sent.ts'

const times = { report: 1000, page: 200, warm: 20 }
/** What a list may be sorted by name up to. */
const sortable = 100_000

export function report({ size = 1_000_000 }: { size?: number } = {}): Promise<BenchResult> {
  return inFreshHoming('report', async ({ db, now, env, atEnd }) => {
    const sent = await makeSentActivity(db, size)
    const [disk] = await db.query<{ bytes: number }>(sql`select pg_database_size(current_database()) as bytes`)
    const { key } = await createApiKey(db, { workspaceId: sent.workspaceId, name: 'bench', actor: 'bench' }, now)
    const web = await child('web', { ...env, HOMING_PORT: String(await freePort()) })
    atEnd(() => web.stop())
    const activity = `/api/v1/workspaces/${sent.workspaceId}/activities/${sent.activityId}`
    const { ask, close } = client(Number(web.info.port), key)
    const measure = async (path: string, n = times.page): Promise<Took> => tookOf(await askTimes(ask, path, n))
    const list = async (query: string, n?: number) => measure(`${activity}/lists/${query}`, n)

    const overview = await measure(`${activity}/report`, times.report)
    const firstPage: Record<string, Took> = {}
    for (const { key: tab } of tabs) firstPage[tab] = await list(tab)
    const deep = await measure(await deepPage(ask, activity), times.page)
    const search: Record<string, Took> = {}
    for (const [name, text] of searches(size)) search[name] = await list(`sent?search=${encodeURIComponent(text)}`)
    const sort = size <= sortable ? { sortByName: await list('sent?sort=name') } : {}
    close()
    return {
      name: 'report',
      figure: overview.p99Ms,
      unit: 'ms, p99 of the report',
      better: 'lower',
      reference: null,
      ratio: null,
      size,
      detail: {
        p50Ms: overview.p50Ms,
        p99Ms: overview.p99Ms,
        firstPageP99Ms: Math.max(...Object.values(firstPage).map(took => took.p99Ms)),
        firstPage,
        deep,
        searchP99Ms: Math.max(...Object.values(search).map(took => took.p99Ms)),
        search,
        ...sort,
        fillSeconds: Math.round(sent.seconds),
        filledPerSecond: Math.round(size / sent.seconds),
        diskGB: Math.round((disk?.bytes ?? 0) / 1e7) / 100,
      },
    }
  })
}

/** Rare and common beginnings of each kind; the last one nobody has. */
function searches(size: number): [name: string, text: string][] {
  const somebody = Math.floor(size * 0.7)
  return [
    ['name', 'Mohammed Söderq'],
    ['lastName', 'Granstedt'],
    ['number', `070${String(somebody).slice(0, 3)}`],
    ['wholeNumber', `+467${String(somebody).padStart(8, '0')}`],
    ['email', `p${somebody}@`],
    ['key', `c${100_000 + somebody}`],
    ['common', 'a'],
    ['commonNumber', '+46'],
    ['nobody', 'Xyz'],
  ]
}

interface Took {
  p50Ms: number
  p99Ms: number
}

type Ask = (path: string) => Promise<{ ms: number; body: string }>

function client(port: number, key: string): { ask: Ask; close(): void } {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const ask: Ask = path =>
    new Promise((resolve, reject) => {
      const began = performance.now()
      const asked = request(
        { host: '127.0.0.1', port, path, agent, headers: { authorization: `Bearer ${key}` } },
        answer => {
          let body = ''
          answer.setEncoding('utf8')
          answer.on('data', (chunk: string) => {
            body += chunk
          })
          answer.on('end', () => {
            if (answer.statusCode === 200) resolve({ ms: performance.now() - began, body })
            else reject(new Error(`${path}: ${answer.statusCode} ${body.slice(0, 300)}`))
          })
        },
      )
      asked.on('error', reject)
      asked.end()
    })
  return { ask, close: () => agent.destroy() }
}

/** The page after the profile in the middle: as far from both ends as can be. */
async function deepPage(ask: Ask, activity: string): Promise<string> {
  let path = `${activity}/lists/sent`
  for (let pages = 0; pages < 40; pages++) {
    const { next }: { next: string | null } = JSON.parse((await ask(path)).body)
    if (next === null) break
    path = `${activity}/lists/sent?after=${next}`
  }
  return path
}

async function askTimes(ask: Ask, path: string, n: number): Promise<number[]> {
  for (let i = 0; i < times.warm; i++) await ask(path)
  const took: number[] = []
  for (let i = 0; i < n; i++) took.push((await ask(path)).ms)
  return took
}

function tookOf(ms: number[]): Took {
  ms.sort((a, b) => a - b)
  const at = (share: number) =>
    Math.round((ms[Math.min(ms.length - 1, Math.floor(ms.length * share))] ?? 0) * 100) / 100
  return { p50Ms: at(0.5), p99Ms: at(0.99) }
}
