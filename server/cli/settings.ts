/** The verbs that set things up: workspaces, API keys, sign-in links, accounts. */
import { problem } from '../../core/problems.ts'
import { audit } from '../access/audit.ts'
import { createApiKey } from '../access/keys.ts'
import { findAccount, signInLink } from '../access/links.ts'
import { closeAccount, signOutEverywhere } from '../access/me.ts'
import { changeWorkspace, createWorkspace, findWorkspace, type Workspace } from '../access/workspaces.ts'
import type { Db } from '../platform/db/database.ts'
import { releaseSending } from '../platform/installation/installation.ts'
import { startedAt } from '../supervisor/lock.ts'
import type { Words } from './arguments.ts'
import type { CliContext } from './context.ts'

export const actor = 'command line'
const keyRoles = ['viewer', 'editor', 'admin'] as const

export function say(words: Words, document: unknown, sentence: string): void {
  process.stdout.write(words.on('json') ? `${JSON.stringify(document)}\n` : `${sentence}\n`)
}

/** The workspace of --workspace, which must be there. */
export async function workspaceOf(db: Db, words: Words): Promise<Workspace> {
  const name = words.needed('workspace')
  const workspace = await findWorkspace(db, name)
  if (workspace === undefined) throw problem('workspace_missing', { workspace: name })
  return workspace
}

export function usage(what: string, text: string): never {
  throw problem('cli_usage', { what, usage: text })
}

export async function runWorkspace({ db, clock }: CliContext, words: Words): Promise<undefined> {
  const [act, name] = words.positionals
  if (act === 'set' && name !== undefined) return setWorkspace({ db, clock }, name, words)
  if (act !== 'create' || name === undefined)
    usage('The name of the workspace is missing', 'workspace create NAME | workspace set NAME --max-parts N')
  const workspace = await createWorkspace(db, { name, owner: null, actor }, clock.now())
  say(words, workspace, `The workspace "${workspace.name}" is there.`)
}

async function setWorkspace(
  { db, clock }: Pick<CliContext, 'db' | 'clock'>,
  name: string,
  words: Words,
): Promise<undefined> {
  const found = await findWorkspace(db, name)
  if (found === undefined) throw problem('workspace_missing', { workspace: name })
  const maxParts = numberOf(words, 'max-parts', 'workspace set NAME')
  if (maxParts === undefined) usage('Say what to set', 'workspace set NAME --max-parts N')
  const workspace = await changeWorkspace(db, { workspaceId: found.id, actor, maxParts }, clock.now())
  say(words, workspace, `An SMS of the workspace "${workspace.name}" has at most ${workspace.maxParts} parts.`)
}

export function numberOf(words: Words, flag: string, verb: string): number | undefined {
  const text = words.text(flag)
  if (text === undefined) return undefined
  const n = Number(text)
  if (!Number.isInteger(n))
    throw problem('cli_usage', { what: `--${flag} is no whole number: ${text}`, usage: `${verb} --${flag} N` })
  return n
}

export async function runApiKey({ db, clock }: CliContext, words: Words): Promise<undefined> {
  const usageOf = 'api-key create --workspace W --name N [--role viewer|editor|admin] [--days N]'
  if (words.positionals[0] !== 'create') usage('Say what to do', usageOf)
  const role = keyRoles.find(known => known === (words.text('role') ?? 'viewer'))
  if (role === undefined) usage(`--role is ${words.text('role')}`, usageOf)
  const days = numberOf(words, 'days', 'api-key create')
  if (days !== undefined && (days < 1 || days > 36_500)) usage('--days is a number from 1 to 36500', usageOf)
  const expiresAt = days === undefined ? null : new Date(clock.now().getTime() + days * 86_400_000)
  const workspace = await workspaceOf(db, words)
  const { id, key } = await createApiKey(
    db,
    { workspaceId: workspace.id, name: words.needed('name'), role, expiresAt, actor },
    clock.now(),
  )
  say(words, { id, key }, key)
}

export async function runSignInLink({ db, config }: CliContext, words: Words): Promise<undefined> {
  const started = config.portAsked ? undefined : startedAt(config.data)
  const url = config.url ?? started ?? `http://localhost:${config.port}`
  const link = await signInLink(db, url, words.text('email'))
  say(words, { link }, link)
}

/** What an owner does who finds an account in strange hands, and there is nobody to do it on the web. */
export async function runAccount({ db, clock }: CliContext, words: Words): Promise<undefined> {
  const [act, named] = words.positionals
  if ((act !== 'sign-out' && act !== 'close') || named === undefined)
    usage('Say what to do, and whose account it is', 'account sign-out ADDRESS|ID | account close ADDRESS|ID')
  const account = await findAccount(db, named)
  if (act === 'sign-out') await signOutEverywhere(db, account.id, actor, clock.now())
  else await closeAccount(db, account.id, actor, clock.now())
  const done =
    act === 'close' ? 'is closed: nobody signs in to it, and it is in no workspace' : 'is signed out everywhere'
  say(words, { id: account.id }, `The account ${account.id} (${account.name}) ${done}.`)
}

export async function runReleaseSending({ db, clock }: CliContext): Promise<undefined> {
  const was = await releaseSending(db)
  if (was !== null) {
    const act = { action: 'installation.release_sending', subject: 'installation', details: { was } }
    await audit(db, { workspaceId: null, actor, ...act }, clock.now())
  }
  process.stdout.write(was === null ? 'Sending was not held.\n' : `Sending continues. It was held because: ${was}\n`)
}
