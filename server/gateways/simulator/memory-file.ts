/**
 * The simulator's memory across restarts: an append-only file of lines, written before the answers leave, so that even
 * kill -9 forgets nothing that a client was told. And its count file, replaced as a whole.
 *
 * Lines: `a NUMBER HASH OUTCOME =SENDER =IDS =ACCOUNT` an attempt (earlier versions wrote no account); `r NUMBER HASH ATTEMPT` all its receipts are acknowledged;
 * `u NUMBER HASH URL …` links that its person will visit; `v NUMBER HASH VISIT DEED COUNT UNCERTAIN` a visit that got its
 * answer (count -1: a dead link); `b TIME` when the file was begun. It ends 30 days later, whole: the numbers in it are people's.
 */
import fs from 'node:fs'
import path from 'node:path'
import readline from 'node:readline'
import type { Deed } from './people.ts'
import type { SimulatedOutcome } from './population.ts'

const countEveryMs = 200
export const journalKeptDays = 30
const journalKeptMs = journalKeptDays * 24 * 3_600_000

type Of = { readonly number: string; readonly hash: number }
export type VisitLine = Of & {
  readonly what: 'v'
  readonly mark: string
  readonly deed: Deed
  readonly count: number
  readonly uncertain: boolean
}
export type JournalLine =
  | (Of & {
      readonly what: 'a'
      readonly outcome: SimulatedOutcome
      readonly sender: string
      readonly ids: readonly string[]
      readonly systemId: string
    })
  | (Of & { readonly what: 'r'; readonly attempt: number })
  | (Of & { readonly what: 'u'; readonly links: readonly URL[] })
  | VisitLine

/** Undefined for a line that we did not write. */
export function readLine(text: string): JournalLine | undefined {
  const [what, number = '', hashText = '', third = '', fourth = '', fifth = '', sixth = ''] = text.split(' ')
  const hash = Number.parseInt(hashText, 16)
  if (!/^\d{3,15}$/.test(number) || Number.isNaN(hash)) return undefined
  if (what === 'a' && isOutcome(third)) {
    const ids = fifth
      .slice(1)
      .split(',')
      .filter(id => id !== '')
    const [sender = '', systemId = ''] = [fourth, sixth].map(field => decodeURIComponent(field.slice(1)))
    return { what, number, hash, outcome: third, sender, ids, systemId }
  }
  if (what === 'r') return { what, number, hash, attempt: Number(third) }
  if (what === 'u') {
    const links = text
      .split(' ')
      .slice(3)
      .map(link => URL.parse(link))
    return { what, number, hash, links: links.filter(url => url !== null) }
  }
  if (what === 'v' && isDeed(fourth)) {
    return { what, number, hash, mark: third, deed: fourth, count: Number(fifth), uncertain: sixth === '1' }
  }
  return undefined
}

const outcomes = new Set(['delivered', 'late', 'duplicate', 'silent', 'soft', 'softAnswer', 'hard', 'hardAnswer'])
const isOutcome = (text: string): text is SimulatedOutcome => outcomes.has(text)
const isDeed = (text: string): text is Deed => text === 'click' || text === 'scan' || text === 'optOut'

const portFile = (folder: string) => path.join(folder, 'simulator.port')

/** Clients know it by its port: the last one is taken again after a restart. 0: none is known. */
export function rememberedPort(folder: string): number {
  const text = fs.existsSync(portFile(folder)) ? fs.readFileSync(portFile(folder), 'utf8').trim() : ''
  return /^\d{1,5}$/.test(text) && Number(text) < 65_536 ? Number(text) : 0
}

export function rememberPort(folder: string, port: number): void {
  fs.writeFileSync(portFile(folder), `${port}\n`)
}

export class SimulatorJournal {
  readonly #file: number
  #lines = ''
  #scheduled = false
  #begunMs: number

  private constructor(file: number, begunMs: number | undefined) {
    this.#file = file
    this.#begunMs = begunMs ?? Date.now()
    if (begunMs === undefined) this.add(beginning(this.#begunMs))
  }

  /** Reads what is there (a last line that was cut off is dropped), then opens it for more. */
  static async open(folder: string, replay: (line: JournalLine) => void): Promise<SimulatorJournal> {
    fs.mkdirSync(folder, { recursive: true, mode: 0o700 })
    const name = journalFile(folder)
    const file = fs.openSync(name, 'a+', 0o600)
    if (isOver(begunOf(file))) fs.ftruncateSync(file)
    const size = fs.fstatSync(file).size
    if (size > 0) {
      const last = Buffer.alloc(1)
      fs.readSync(file, last, 0, 1, size - 1)
      const lines = readline.createInterface({ input: fs.createReadStream(name), crlfDelay: Number.POSITIVE_INFINITY })
      const read = (text: string) => {
        const line = readLine(text)
        if (line) replay(line)
      }
      let held: string | undefined
      for await (const line of lines) {
        if (held !== undefined) read(held)
        held = line
      }
      const cut = last[0] !== 0x0a
      if (held !== undefined && !cut) read(held)
      if (cut) fs.ftruncateSync(file, size - Buffer.byteLength(held ?? ''))
    }
    return new SimulatorJournal(file, begunOf(file))
  }

  add(line: string): void {
    this.#lines += `${line}\n`
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(() => this.flush())
  }

  /** To the operating system at once; not synced: it is to survive the process, not the machine. */
  flush(): void {
    this.#scheduled = false
    if (this.#lines === '') return
    const lines = this.#lines
    this.#lines = ''
    if (isOver(this.#begunMs)) {
      fs.ftruncateSync(this.#file)
      this.#begunMs = Date.now()
      fs.writeSync(this.#file, `${beginning(this.#begunMs)}\n`)
    }
    fs.writeSync(this.#file, lines)
  }

  close(): void {
    this.flush()
    fs.closeSync(this.#file)
  }
}

export const journalFile = (folder: string) => path.join(folder, 'simulator.journal')
const beginning = (ms: number) => `b ${new Date(ms).toISOString()}`
const isOver = (begunMs: number | undefined) => begunMs !== undefined && Date.now() - begunMs > journalKeptMs

/** By its first line; one of an earlier version by the file system. Undefined for an empty file. */
function begunOf(file: number): number | undefined {
  const first = Buffer.alloc(26)
  fs.readSync(file, first, 0, first.length, 0)
  const [, time = ''] = /^b (\S{24})$/.exec(first.toString('latin1')) ?? []
  if (time !== '') return Date.parse(time)
  const { size, birthtimeMs, ctimeMs } = fs.fstatSync(file)
  return size === 0 ? undefined : birthtimeMs || ctimeMs
}

/**
 * An erase, of people's numbers (digits): their lines are overwritten in place, so that a running simulator may continue to add to the file.
 * What it adds later about an SMS that is under way ends with the journal.
 */
export async function forgetInJournal(folder: string, numbers: readonly string[]): Promise<void> {
  const name = journalFile(folder)
  if (numbers.length === 0 || !fs.existsSync(name)) return
  const wanted = new Set(numbers)
  const file = fs.openSync(name, 'r+')
  try {
    let at = 0
    for await (const line of readline.createInterface({ input: fs.createReadStream(name), crlfDelay: 0 })) {
      const bytes = Buffer.byteLength(line)
      const [, number = ''] = line.split(' ', 2)
      if (wanted.has(number)) fs.writeSync(file, Buffer.alloc(bytes, '#'), 0, bytes, at)
      at += bytes + 1
    }
    fs.fdatasyncSync(file)
  } finally {
    fs.closeSync(file)
  }
}

/** Writes `simulator.json` at most five times per second, whole or not at all. */
export class CountFile {
  readonly #name: string
  readonly #read: () => object
  #written = ''
  readonly #timer: NodeJS.Timeout

  constructor(folder: string, read: () => object) {
    this.#name = path.join(folder, 'simulator.json')
    this.#read = read
    this.write()
    this.#timer = setInterval(() => this.write(), countEveryMs)
  }

  write(): void {
    const text = `${JSON.stringify(this.#read(), null, 2)}\n`
    if (text === this.#written) return
    fs.writeFileSync(`${this.#name}.new`, text)
    fs.renameSync(`${this.#name}.new`, this.#name)
    this.#written = text
  }

  close(): void {
    clearInterval(this.#timer)
    this.write()
  }
}
