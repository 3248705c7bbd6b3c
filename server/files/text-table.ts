/**
 * Texts by their number, appended once and read at random: a workbook's shared strings, of which there may be millions. They lie as UTF-8 in
 * pages. The first pages stay in memory, the others are in a temporary file that nobody else can open and that has no name.
 */
import { closeSync, openSync, readSync, rmSync, writeSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface TextTable {
  /** Together at most 4 GiB. */
  add(text: string): void
  /** Undefined: there is none of this number. */
  get(number: number): string | undefined
  readonly size: number
  close(): void
}

const pageBytes = 256 * 1024
/** The length before each text. */
const prefixBytes = 4
/** 32 MiB of pages; later ones go to the file. */
const memoryPages = 128
/** Read from the file at once: texts are mostly asked for in their order, and a random one costs no more than this. */
const windowBytes = 8 * 1024
/** Texts of columns such as a city are asked for again and again. */
const recentTexts = 4096

/** `pages`: how many may stay in memory. */
export async function openTextTable(pages = memoryPages): Promise<TextTable> {
  const store = pageStore(await mkdtemp(join(tmpdir(), 'homing-strings-')), pages)
  let starts = new Uint32Array(1024)
  let size = 0
  let page = Buffer.allocUnsafe(pageBytes)
  let used = 0
  let full = 0
  const recent = new Array<{ number: number; text: string } | undefined>(recentTexts)
  const turnPage = () => {
    store.put(full++, page)
    page = Buffer.allocUnsafe(pageBytes)
    used = 0
  }
  return {
    add(text) {
      const length = Buffer.byteLength(text)
      if (prefixBytes + length > pageBytes) throw new RangeError('a text is longer than a page')
      if (used + prefixBytes + length > pageBytes) turnPage()
      if (size === starts.length) starts = grown(starts)
      starts[size++] = full * pageBytes + used
      page.writeUInt32LE(length, used)
      page.write(text, used + prefixBytes)
      used += prefixBytes + length
    },
    get(number) {
      if (!Number.isInteger(number) || number < 0 || number >= size) return undefined
      const place = number % recentTexts
      const known = recent[place]
      if (known?.number === number) return known.text
      const start = starts[number]!
      const at = Math.floor(start / pageBytes)
      const text = at === full ? textIn(page, start - at * pageBytes) : store.textAt(at, start - at * pageBytes)
      recent[place] = { number, text }
      return text
    },
    get size() {
      return size
    },
    close: () => store.close(),
  }
}

function grown(from: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const to = new Uint32Array(from.length * 2)
  to.set(from)
  return to
}

function textIn(bytes: Buffer, at: number): string {
  const from = at + prefixBytes
  return bytes.toString('utf8', from, from + bytes.readUInt32LE(at))
}

/** Pages by their number: the first `limit` in memory, the others in a file in `folder`, which the store deletes. */
function pageStore(folder: string, limit: number) {
  const held: Buffer[] = []
  let file: number | undefined
  let window = Buffer.alloc(0)
  /** The place of the window in the file. */
  let from = 0
  const remove = () => {
    try {
      rmSync(folder, { recursive: true, force: true })
    } catch {
      // Windows keeps an open file.
    }
  }
  const make = () => {
    const made = openSync(join(folder, 'strings'), 'wx+', 0o600)
    // An open file needs no name; where the system keeps it, it is deleted at the end.
    remove()
    return made
  }
  const inWindow = (at: number, length: number) => at >= from && at + length <= from + window.length
  const read = (at: number, length: number) => {
    const bytes = Buffer.allocUnsafe(length)
    window = bytes.subarray(0, file === undefined ? 0 : readSync(file, bytes, 0, length, at))
    from = at
  }
  return {
    put(number: number, page: Buffer) {
      if (number < limit) {
        held.push(page)
        return
      }
      file ??= make()
      writeSync(file, page, 0, pageBytes, (number - limit) * pageBytes)
    },
    textAt(number: number, offset: number): string {
      const page = held[number]
      if (page !== undefined) return textIn(page, offset)
      const at = (number - limit) * pageBytes + offset
      if (!inWindow(at, prefixBytes)) read(at, windowBytes)
      const length = prefixBytes + window.readUInt32LE(at - from)
      if (!inWindow(at, length)) read(at, Math.max(windowBytes, length))
      return textIn(window, at - from)
    },
    close() {
      if (file !== undefined) closeSync(file)
      file = undefined
      remove()
    },
  }
}
