/**
 * How many short links a second does one web process answer, each click durable before its 302, beside bare node:http that
 * answers 302 to everything? Both in processes of their own, asked in turn by the same client over the same number of
 * connections; the database is the embedded one with its usual durability.
 */
import { spawn } from 'node:child_process'
import { connect } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { makeSealer } from '../server/links/seal.ts'
import { sql } from '../server/platform/db/sql.ts'
import { type FreshHoming, inFreshHoming } from './fresh-homing.ts'
import type { BenchResult } from './result.ts'

const connections = 400
const rounds = 5
const target = 'https://shop.example/a?x=1'
const agent =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile/15E148 Safari/604.1'

export function redirect({ size = 300_000 }: { size?: number } = {}): Promise<BenchResult> {
  return inFreshHoming('redirect', async homing => {
    const { db, folder, connectionString } = homing
    const paths = await makePaths(homing, size)
    const bare = await start('redirect-bare.ts', [], homing)
    const ours = await start('../server/clicks/redirect.fixture.ts', [connectionString, join(folder, 'spool')], homing)
    for (const port of [bare, ours]) await load(port, paths.slice(0, 2_000))
    const each = Math.ceil(size / rounds)
    const figures: { bare: Load[]; ours: Load[] } = { bare: [], ours: [] }
    for (let round = 0; round < rounds; round++) {
      const some = paths.slice(round * each, (round + 1) * each)
      figures.bare.push(await load(bare, some))
      figures.ours.push(await load(ours, some))
    }
    const [figure, reference] = [
      median(figures.ours.map(one => one.perSecond)),
      median(figures.bare.map(one => one.perSecond)),
    ]
    const [kept] = await db.query<{ n: number }>(sql`select count(*)::int as n from inbox where kind = 'click'`)
    return {
      name: 'redirect',
      figure: Math.round(figure),
      unit: 'requests/s',
      better: 'higher',
      reference: Math.round(reference),
      ratio: Math.round((figure / reference) * 1000) / 1000,
      size,
      detail: {
        connections,
        rounds,
        p50Ms: median(figures.ours.map(one => one.p50Ms)),
        p99Ms: median(figures.ours.map(one => one.p99Ms)),
        bareP99Ms: median(figures.bare.map(one => one.p99Ms)),
        clicksInTheInbox: kept?.n,
      },
    }
  })
}

async function makePaths({ db, installation, now }: FreshHoming, size: number): Promise<string[]> {
  const [k1, k2] = installation.linkKeys
  await db.run(sql`insert into workspaces (id, name, created_at) values (1, 'Bench', ${now})`)
  await db.run(sql`insert into activities (id, workspace_id, name, code_base, code_span, created_at, updated_at)
    values (1, 1, 'Bench', 1, ${size + 1}, ${now}, ${now})`)
  await db.run(sql`insert into links (activity_id, slot, kind, url) values (1, 0, 'link', ${target})`)
  const codes = makeSealer({ k1, k2 }).sealMany(
    Array.from({ length: size }, (_, i) => 2 + i),
    11,
  )
  return codes.map(code => `/${code}`)
}

function start(file: string, args: string[], { atEnd }: FreshHoming): Promise<number> {
  const child = spawn(process.execPath, [fileURLToPath(new URL(file, import.meta.url)), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  atEnd(() => child.kill())
  return new Promise((resolve, reject) => {
    child.stdout.once('data', line => resolve(Number(line)))
    child.once('exit', code => reject(new Error(`${file} ended with ${code}`)))
  })
}

interface Load {
  perSecond: number
  p50Ms: number
  p99Ms: number
}

/** Asks each path once over keep-alive connections, one request at a time on each. Raw sockets: the client must not be what is measured. */
async function load(port: number, paths: readonly string[]): Promise<Load> {
  const tookMs: number[] = []
  let next = 0
  const begun = performance.now()
  await Promise.all(
    Array.from({ length: connections }, () => {
      const socket = connect(port, '127.0.0.1').setNoDelay()
      let sentAt = 0
      return new Promise<void>((resolve, reject) => {
        const send = () => {
          const path = paths[next++]
          if (path === undefined) {
            socket.end()
            resolve()
            return
          }
          sentAt = performance.now()
          socket.write(
            `GET ${path} HTTP/1.1\r\nHost: go.example\r\nUser-Agent: ${agent}\r\nAccept-Language: sv-SE\r\n\r\n`,
          )
        }
        let answer = ''
        socket.setEncoding('latin1')
        socket.on('connect', send)
        socket.on('error', reject)
        socket.on('data', (chunk: string) => {
          answer += chunk
          if (!answer.endsWith('\r\n\r\n')) return
          if (!answer.startsWith('HTTP/1.1 302')) return reject(new Error(answer.slice(0, 200)))
          answer = ''
          tookMs.push(performance.now() - sentAt)
          send()
        })
      })
    }),
  )
  const seconds = (performance.now() - begun) / 1000
  tookMs.sort((a, b) => a - b)
  const at = (share: number) => Math.round((tookMs[Math.floor(tookMs.length * share)] ?? 0) * 100) / 100
  return { perSecond: paths.length / seconds, p50Ms: at(0.5), p99Ms: at(0.99) }
}

function median(figures: readonly number[]): number {
  return [...figures].sort((a, b) => a - b)[figures.length >> 1] ?? 0
}
