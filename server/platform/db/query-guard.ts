/**
 * No statement waits for an answer that will never come. A hanging server, a host without power or a firewall that dropped a connection sends
 * no error, and TCP would wait for hours. So the guard watches connections in use: when one has been silent for a while, it asks the server
 * over a separate connection whether it still works on that one's statement.
 *
 * - The server does not know the connection (it restarted, or ended it): the guard closes it at once.
 * - The server has answered already, and the answer never arrived: closed at the second check.
 * - The server does not answer the guard either: closed after `unreachableMs`.
 * - The server is working: nothing happens, however long it takes. A freeze of ten million messages is no fault.
 *
 * The statement then fails with a connection error, and its caller retries on a new connection. Real, monotonic time.
 */
import { Socket } from 'node:net'
import pg from 'pg'
import { monotonicMs } from '../clock.ts'

export interface GuardTimes {
  lookMs: number
  /** silence after which the guard asks */
  silentMs: number
  /** timeout of the guard's question */
  askMs: number
  unreachableMs: number
}

export const guardTimes: GuardTimes = { lookMs: 2_500, silentMs: 10_000, askMs: 5_000, unreachableMs: 15_000 }

const CONNECT_MS = 10_000

/** A client whose socket is known, so that the guard can close it; the kernel probes it while it is idle. */
export class GuardedClient extends pg.Client {
  readonly #socket: Socket
  readonly #connectMs: number
  /** statements under way: an answer is expected, which is not known of COPY and cursors */
  waiting = 0
  /** the server process of this connection */
  backend: { pid: number; since: string } | undefined

  constructor(config: pg.ClientConfig = {}) {
    const socket = new Socket()
    super({
      connectionTimeoutMillis: CONNECT_MS,
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
      ...config,
      stream: () => socket,
    })
    this.#socket = socket
    this.#connectMs = config.connectionTimeoutMillis ?? CONNECT_MS
    // The statement under way fails with the error. Without a listener, Node would end the process.
    this.on('error', () => {})
  }

  get bytesRead(): number {
    return this.#socket.bytesRead
  }

  /** To be called right after the connection is open. */
  async introduce(settings: Readonly<Record<string, string>> = {}): Promise<void> {
    const names = Object.keys(settings)
    // The connection is not in use yet, so no guard watches it.
    const late = setTimeout(() => this.giveUp('its first question was not answered'), this.#connectMs)
    const { rows } = await this.query<{ pid: number; since: string }>(
      `select a.pid, a.backend_start::text as since
      from (select ${['pg_backend_pid() as pid', ...names.map((_, i) => `set_config($${2 * i + 1}, $${2 * i + 2}, false)`)].join(', ')}) own
      join pg_stat_activity a on a.pid = own.pid`,
      names.flatMap(name => [name, settings[name]]),
    ).finally(() => clearTimeout(late))
    this.backend = rows[0]
  }

  giveUp(why: string): void {
    this.#socket.destroy(
      Object.assign(new Error(`The connection to the database was given up: ${why}.`), { code: 'EGIVENUP' }),
    )
  }
}

interface Watched {
  bytesRead: number
  sinceMs: number
  /** consecutive checks at which the server had answered and nothing had arrived */
  answered: number
}

/** Guards the connections of one pool. */
export class Guard {
  readonly #connection: pg.ClientConfig
  readonly #times: GuardTimes
  readonly #watched = new Map<GuardedClient, Watched>()
  readonly #timer: NodeJS.Timeout
  #unreachableSinceMs: number | undefined
  #asking = false

  constructor(connection: pg.ClientConfig, times: GuardTimes = guardTimes) {
    this.#connection = connection
    this.#times = times
    this.#timer = setInterval(() => void this.#look(), times.lookMs).unref()
  }

  /** The connection is in use from now on. */
  watch(client: GuardedClient): void {
    this.#watched.set(client, { bytesRead: -1, sinceMs: monotonicMs(), answered: 0 })
  }

  forget(client: GuardedClient): void {
    this.#watched.delete(client)
  }

  end(): void {
    clearInterval(this.#timer)
  }

  async #look(): Promise<void> {
    if (this.#asking) return
    const now = monotonicMs()
    const silent: [GuardedClient, Watched][] = []
    for (const [client, watched] of this.#watched) {
      if (watched.bytesRead !== client.bytesRead)
        Object.assign(watched, { bytesRead: client.bytesRead, sinceMs: now, answered: 0 })
      else if (now - watched.sinceMs >= this.#times.silentMs) silent.push([client, watched])
    }
    if (silent.length === 0) {
      this.#unreachableSinceMs = undefined
      return
    }
    this.#asking = true
    try {
      this.#judge(silent, await this.#ask(silent.map(([client]) => client.backend?.pid ?? 0)))
      this.#unreachableSinceMs = undefined
    } catch (error) {
      const { code, message } = error as Error & { code?: string }
      // Too many connections, no right to connect: the server answers, so it may well be working.
      if (code !== undefined && /^(53|28|3D)/.test(code)) return
      this.#unreachableSinceMs ??= now
      // 57P03: the server is starting, so its earlier statements are gone.
      if (code !== '57P03' && now - this.#unreachableSinceMs < this.#times.unreachableMs) return
      for (const [client] of silent) client.giveUp(`the server does not answer (${message})`)
    } finally {
      this.#asking = false
    }
  }

  #judge(silent: readonly [GuardedClient, Watched][], alive: readonly Alive[]): void {
    for (const [client, watched] of silent) {
      if (client.bytesRead !== watched.bytesRead || !this.#watched.has(client)) continue
      const found = alive.find(({ pid, since }) => pid === client.backend?.pid && since === client.backend.since)
      if (found === undefined) client.giveUp('the server knows nothing of it')
      else if (client.waiting > 0 && found.state?.startsWith('idle')) {
        watched.answered++
        if (watched.answered > 1) client.giveUp('the answer of the server was lost')
      } else watched.answered = 0
    }
  }

  async #ask(pids: readonly number[]): Promise<Alive[]> {
    const { askMs } = this.#times
    const client = new GuardedClient({
      ...this.#connection,
      application_name: 'homing/guard',
      connectionTimeoutMillis: askMs,
      query_timeout: askMs,
    })
    try {
      await client.connect()
      const { rows } = await client.query<Alive>(
        'select pid, backend_start::text as since, state from pg_stat_activity where pid = any($1::int[])',
        [pids],
      )
      return rows
    } finally {
      // Not awaited: this server may hang too.
      client.end().catch(() => {})
      setTimeout(() => client.giveUp('it is done'), askMs).unref()
    }
  }
}

/** Cancels this client's statement over a new connection: those of the pool may all be busy. */
export async function cancelOver(connection: pg.ClientConfig, { backend }: GuardedClient): Promise<void> {
  if (backend === undefined) return
  const { askMs } = guardTimes
  const { client, end } = await openGuarded({
    ...connection,
    application_name: 'homing/cancel',
    connectionTimeoutMillis: askMs,
    query_timeout: askMs,
  })
  try {
    await client.query(
      'select pg_cancel_backend(pid) from pg_stat_activity where pid = $1 and backend_start::text = $2',
      [backend.pid, backend.since],
    )
  } finally {
    await end()
  }
}

interface Alive {
  pid: number
  since: string
  state: string | null
}

/** A single connection outside of the pools, for work that begins and ends with it. `end` never hangs. */
export async function openGuarded(
  connection: pg.ClientConfig,
  times?: GuardTimes,
): Promise<{ client: pg.Client; end(): Promise<void> }> {
  const client = new GuardedClient(connection)
  const guard = new Guard(connection, times)
  const end = async () => {
    guard.end()
    await closeWithin(client.end(), [client])
  }
  try {
    await client.connect()
    await client.introduce()
    guard.watch(client)
    return { client, end }
  } catch (error) {
    await end()
    throw error
  }
}

const CLOSE_MS = 3_000

/** Waits a limited time for the server to confirm the close; a hanging server never would. */
export async function closeWithin(closing: Promise<unknown>, clients: Iterable<GuardedClient>): Promise<void> {
  const late = setTimeout(() => {
    for (const client of clients) client.giveUp('it did not close')
  }, CLOSE_MS)
  await closing.catch(() => {})
  clearTimeout(late)
}
