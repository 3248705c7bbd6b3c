/**
 * Files in the data folder that identify the original: a copy of the database does not contain them.
 *
 *   <data>/marks/<name>      the mark. The database knows its name and its creation time. Each heartbeat replaces it with a new file, so
 *                            that a restored database has an old name. A copy of the file (tar, cp, rsync, a copy of the volume) has
 *                            another creation time. A change of owner or a move within the file system does not change it.
 *   <data>/marks/life.json   the highest number of life that this folder has seen. A database with a lower one is older.
 *   ~/.local/state/homing    (XDG_STATE_HOME) the same for this account of this machine: an older folder that is put back by a rename
 *                            contains its own life.json.
 *
 * A snapshot of the whole disk contains both: only the silence of an hour reveals it (installation.ts).
 */
import { createHash, randomBytes } from 'node:crypto'
import { mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'

const LIFE = 'life.json'

const folderOf = (data: string) => join(data, 'marks')

/** Creates a mark and syncs it to disk. Returns what the database stores. */
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

/** Does this file exist, with its original creation time? */
export async function hasMark(data: string, mark: string): Promise<boolean> {
  const [name = '', when = ''] = mark.split(' ')
  return /^mark-[0-9a-f]+$/.test(name) && (await born(join(folderOf(data), name)).catch(() => '')) === when
}

/** Removes an old mark. */
export async function removeMark(data: string, mark: string | null): Promise<void> {
  const name = mark?.split(' ')[0]
  if (name !== undefined && /^mark-[0-9a-f]+$/.test(name)) await rm(join(folderOf(data), name), { force: true })
}

/** Removes all but this one: killed processes may have left some. */
export async function removeOtherMarks(data: string, mark: string): Promise<void> {
  const names = await readdir(folderOf(data)).catch(() => [])
  for (const name of names) if (name.startsWith('mark-') && !mark.startsWith(`${name} `)) await removeMark(data, name)
}

/** When the file was created, in ms; if the file system does not know, its inode. Outside of Linux, tools can set that time. */
async function born(path: string): Promise<string> {
  const { birthtimeNs, ino } = await stat(path, { bigint: true })
  const when = birthtimeNs / 1_000_000n
  return process.platform === 'linux' && when > 0n ? String(when) : `${when}-${ino}`
}

/** Where an account of this machine stores what must outlive a data folder. */
export function stateFolder(env: NodeJS.ProcessEnv = process.env): string {
  return join(env.XDG_STATE_HOME || join(homedir(), '.local', 'state'), 'homing')
}

/** The file that stores the life of a database. */
const lifeOfFolder = (data: string) => join(folderOf(data), LIFE)
const lifeOfAccount = (state: string, identity: string) =>
  join(state, `life-${createHash('sha256').update(identity).digest('hex').slice(0, 24)}.json`)

const lifeFiles = (data: string, identity: string, state: string | undefined) =>
  state === undefined ? [lifeOfFolder(data)] : [lifeOfFolder(data), lifeOfAccount(state, identity)]

/** The highest number of life of this database that the folder or the account (`state`) has seen; 0 if none. */
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

/** Call it after the number is committed, so that it is never higher than the database's own. An account that cannot write stores nothing. */
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
