/**
 * The account that runs the embedded PostgreSQL. It refuses to be root, and initdb and peer sign-in need an account with a name.
 * For an ordinary user: that user. For root: the owner of the existing data, else `postgres`, else `nobody`.
 */
import { spawnSync } from 'node:child_process'
import { chownSync, lstatSync, readFileSync, statSync } from 'node:fs'
import { userInfo } from 'node:os'
import { problem } from '../../../core/problems.ts'

export interface OsAccount {
  name: string
  uid: number
  gid: number
  /** True if this process is root and must give folders and processes to that account. */
  differs: boolean
}

/** The account for the PostgreSQL data in `cluster` (which need not exist). Null on Windows, where the server runs as the user who starts it. */
export function accountFor(cluster: string): OsAccount | null {
  if (process.platform === 'win32' || !process.getuid || !process.getgid) return null
  const uid = process.getuid()
  if (uid !== 0) {
    const name = ownName(uid)
    if (!name) throw problem('database_account', { what: `the current user has a number (${uid}) but no name` })
    return { name, uid, gid: process.getgid(), differs: false }
  }
  const accounts = passwd()
  const owner = ownerOf(cluster)
  const found =
    (owner ? accounts.find(account => account.uid === owner) : undefined) ??
    accounts.find(account => account.name === 'postgres' && account.uid !== 0) ??
    accounts.find(account => account.name === 'nobody' && account.uid !== 0)
  if (!found) throw problem('database_account', { what: 'root has neither "postgres" nor "nobody" to run it as' })
  return { ...found, differs: true }
}

/** Can the account pass through all parents and enter `folder`? The kernel decides, as that account, so that ACLs and containers count. */
export function canEnter(folder: string, account: OsAccount | null): boolean {
  if (!account?.differs) return true
  const asked = spawnSync('/bin/sh', ['-c', 'test -x "$1"', 'sh', folder], {
    ...identity(account),
    cwd: '/',
    stdio: 'ignore',
  })
  return asked.status === 0
}

/** What `spawn` needs to run something as the account. */
export function identity(account: OsAccount | null): { uid?: number; gid?: number } {
  return account?.differs ? { uid: account.uid, gid: account.gid } : {}
}

/** Makes the account the owner of a path. */
export function give(path: string, account: OsAccount | null): void {
  if (account?.differs && lstatSync(path).uid !== account.uid) chownSync(path, account.uid, account.gid)
}

function ownName(uid: number): string | null {
  try {
    return userInfo().username
  } catch {
    return passwd().find(account => account.uid === uid)?.name ?? null
  }
}

function ownerOf(folder: string): number | null {
  try {
    return statSync(folder).uid
  } catch {
    return null
  }
}

function passwd(): { name: string; uid: number; gid: number }[] {
  let text: string
  try {
    text = readFileSync('/etc/passwd', 'utf8')
  } catch {
    return []
  }
  return text
    .split('\n')
    .map(line => line.split(':'))
    .filter(fields => fields.length >= 4)
    .map(fields => ({ name: fields[0]!, uid: Number(fields[2]), gid: Number(fields[3]) }))
}
