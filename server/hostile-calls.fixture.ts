/** For tests: sends what hostile.fixture.ts makes to every operation, and looks at each answer. */
import { problems } from '../core/problems.ts'
import { start, type TestApp } from './access/app.fixture.ts'
import { createApiKey } from './access/keys.ts'
import { hostileRequests, type Request } from './hostile.fixture.ts'
import { sql } from './platform/db/sql.ts'
import { bodies, fill, makeThings, type Operation, operationsOf, type Things } from './routes.fixture.ts'

/** The least CPU time of the process that is a fault, for one request: most take 2 ms. Time of other processes is not in it. */
const mostCpuMs = 2_000

/** What is wrong with an answer, in words; undefined: nothing. */
export function faultOf(answer: { status: number; type: string; body: string; cpuMs: number }): string | undefined {
  const { status, type, body, cpuMs } = answer
  if (status >= 500) return `${status}`
  if (cpuMs > mostCpuMs) return `took ${Math.round(cpuMs)} ms of CPU`
  if (/html/.test(type)) return `is ${type}`
  if (
    /node_modules|\.ts:\d+|\bat (async )?[\w.]+ \(|syntax error at or near|relation "|column "\w+" (of|does)/.test(body)
  )
    return 'tells how it is made'
  if (status < 400) return undefined
  if (type !== 'application/problem+json') return `is a ${status} of ${type}`
  const { code = '', title = '', fix = '', errors } = JSON.parse(body) as Record<string, unknown>
  if (!Object.hasOwn(problems, String(code))) return `has a code that is none: ${String(code)}`
  if (title === '' || fix === '') return 'has no sentence'
  const places = Array.isArray(errors) ? errors : []
  if (places.some(place => typeof place !== 'object' || place === null || !('where' in place) || place.where === ''))
    return 'names no field'
  // Nobody reads ten thousand characters of their own input again.
  if (body.length > 20_000) return `has ${body.length} characters`
  return undefined
}

/** Every operation of a workspace with things in it, and with those of another. `every`: takes one request out of this number. */
export async function askEverything(app: TestApp, every: number): Promise<{ asked: number; faults: unknown[] }> {
  const mine = await makeThings(app, (await app.workspace('Mine')).id, 3)
  const theirs = await makeThings(app, (await app.workspace('Theirs')).id, 2)
  const ids = [...Object.values(mine.named), ...Object.values(theirs.named)]
  const faults: unknown[] = []
  let asked = 0
  for (const operation of await operationsOf(app)) {
    const found = await askOne(app, operation, { things: mine, ids, every, from: asked })
    faults.push(...found.faults)
    asked += found.asked
  }
  return { asked, faults }
}

interface Hostile {
  things: Things
  /** ids of all sorts, others' too */
  ids: readonly number[]
  every: number
  from: number
}

/** The faults; each says how it can be had again. */
async function askOne(app: TestApp, operation: Operation, { things, ids, every, from }: Hostile) {
  const { operationId, method, path, keys, role, endless } = operation
  const faults: unknown[] = []
  let asked = 0
  // Its answer has no end where it is good.
  if (endless) return { asked, faults }
  const { workspaceId } = things
  // Each time a new one: a call may end a session or revoke a key. A workspace has a limited number of them.
  await app.db.run(sql`update api_keys set revoked_at = ${start} where name = 'K' and revoked_at is null`)
  const key =
    keys &&
    role !== 'public' &&
    (await createApiKey(app.db, { workspaceId, name: 'K', role: 'admin', actor: 'test' }, start)).key
  const own: Record<string, string> = key ? { authorization: `Bearer ${key}` } : { cookie: await app.ownerCookie() }
  const fresh = await things.idsFor(path)
  const sent = path.includes('/activities/{id}') ? [{ ...fresh, id: things.named.ids ?? 0 }] : []
  let made = 0
  for (const address of [fresh, ...sent].map(each => fill(path, workspaceId, each)))
    for (const request of hostileRequests(path, address, operation, { ids, bodies })) {
      if ((from + made++) % every !== 0) continue
      asked++
      if (operationId === 'changeActivity') await app.db.run(sql`update activities set revision = 1`)
      const fault = faultOf(await send(app, method, request, own, from * every + made))
      if (fault !== undefined) faults.push([operationId, request.path, request.odd, fault])
    }
  return { asked, faults }
}

async function send(
  app: TestApp,
  method: Operation['method'],
  request: Request,
  own: Record<string, string>,
  n: number,
) {
  const before = process.cpuUsage()
  const response = await app.built.app.inject({
    method,
    url: `${request.path}?${new URLSearchParams(request.query)}`,
    // An address of its own for each: tries are limited by address.
    remoteAddress: `10.${(n >> 16) & 255}.${(n >> 8) & 255}.${n & 255}`,
    headers: { ...own, ...(request.body !== undefined && { 'content-type': 'application/json' }) },
    ...(request.body !== undefined && { payload: JSON.stringify(request.body) }),
  })
  const { user, system } = process.cpuUsage(before)
  return {
    status: response.statusCode,
    type: String(response.headers['content-type'] ?? ''),
    body: response.body,
    cpuMs: (user + system) / 1000,
  }
}
