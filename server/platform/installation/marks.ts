/**
 * What a copy of a database does not bring along: files in the data folder.
 *
 *   <data>/marks/<name>      the mark. The database knows its name and the moment in which the file was made. With each sign of life a new
 *                            file takes its place, so that whatever is restored brings an old name; and whoever writes that file again,
 *                            by tar, cp, rsync or a volume's copy, makes it at another moment. A change of owner or a move within the
 *                            file system leaves it as it is.
 *   <data>/marks/life.json   the highest number of life that this folder has seen. A database with a lower one is older than that.
 *   ~/.local/state/homing    (XDG_STATE_HOME) the same for this account of this machine: an older folder that is put back whole, by a
 *                            rename, brings its own life.json along.
 *
 * A snapshot of the whole disk takes both along: only the silence of an hour tells it (installation.ts).
 */
import { createHash, randomBytes } from 'node:crypto'
import { mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'

const LIFE = 'life.json'

const folderOf = (data: string) => join(data, 'marks')

/** A new mark, on the disk when it resolves: what stands in the database. */
export async function makeMark(data: string): Promise<string> {
  const folder = folderOf(data)
  await mkdir(folder, { recursive: true })
  const name = `mark-${randomBytes(12).toString('hex')}`
  const file = await open(join(folder, name), 'wx')
  try {
    await file.sync()
  } finally {
    await file.close()
  }
  if (process.platform !== 'win32') {
    const names = await open(folder, 'r')
    await names.sync().finally(() => names.close())
  }
  return `${name} ${await born(join(folder, name))}`
}

/** Is this file there, and still the one that was made then? */
export async function hasMark(data: string, mark: string): Promise<boolean> {
  const [name = '', when = ''] = mark.split(' ')
  return /^mark-[0-9a-f]+$/.test(name) && (await born(join(folderOf(data), name)).catch(() => '')) === when
}

/** Removes what is no mark any more. */
export async function removeMark(data: string, mark: string | null): Promise<void> {
  const name = mark?.split(' ')[0]
  if (name !== undefined && /^mark-[0-9a-f]+$/.test(name)) await rm(join(folderOf(data), name), { force: true })
}

/** All but this one: what processes left that were killed between two steps. */
export async function removeOtherMarks(data: string, mark: string): Promise<void> {
  const names = await readdir(folderOf(data)).catch(() => [])
  for (const name of names) if (name.startsWith('mark-') && !mark.startsWith(`${name} `)) await removeMark(data, name)
}

/** When the file was made, in ms; where a file system does not know it, which file it is. Others than Linux let tools set that time. */
async function born(path: string): Promise<string> {
  const { birthtimeNs, ino } = await stat(path, { bigint: true })
  const when = birthtimeNs / 1_000_000n
  return process.platform === 'linux' && when > 0n ? String(when) : `${when}-${ino}`
}

/** Where an account of this machine remembers what must outlive a data folder. */
export function stateFolder(env: NodeJS.ProcessEnv = process.env): string {
  return join(env.XDG_STATE_HOME || join(homedir(), '.local', 'state'), 'homing')
}

/** A place that remembers the life of a database: its file. */
const lifeOfFolder = (data: string) => join(folderOf(data), LIFE)
const lifeOfAccount = (state: string, identity: string) =>
  join(state, `life-${createHash('sha256').update(identity).digest('hex').slice(0, 24)}.json`)

const lifeFiles = (data: string, identity: string, state: string | undefined) =>
  state === undefined ? [lifeOfFolder(data)] : [lifeOfFolder(data), lifeOfAccount(state, identity)]

/** The highest number of life of this database that the folder, or the account (`state`), has seen; 0 where they have seen none. */
export async function lifeSeen(data: string, identity: string, state?: string): Promise<number> {
  return Math.max(...(await Promise.all(lifeFiles(data, identity, state).map(file => readLife(file, identity)))))
}

async function readLife(file: string, identity: string): Promise<number> {
  try {
    const seen = JSON.parse(await readFile(file, 'utf8')) as { identity?: unknown; life?: unknown }
    return seen.identity === identity && typeof seen.life === 'number' ? seen.life : 0
  } catch {
    return 0
  }
}

/** After the number is committed: so it is never higher than the database's own. An account that cannot write remembers nothing. */
export async function rememberLife(data: string, identity: string, life: number, state?: string): Promise<void> {
  await mkdir(folderOf(data), { recursive: true })
  if (state !== undefined) await mkdir(state, { recursive: true, mode: 0o700 }).catch(() => {})
  const [own, ...others] = lifeFiles(data, identity, state).map(file => writeLife(file, identity, life))
  await Promise.allSettled(others)
  await own
}

async function writeLife(file: string, identity: string, life: number): Promise<void> {
  const fresh = `${file}.${process.pid}`
  await writeFile(fresh, JSON.stringify({ identity, life }))
  await rename(fresh, file)
}
