/** The verbs that set things up: workspaces, gateways, API keys, sign-in links. */
import { problem } from '../../core/problems.ts'
import { audit } from '../access/audit.ts'
import { createApiKey } from '../access/keys.ts'
import { findAccount, signInLink } from '../access/links.ts'
import { closeAccount, signOutEverywhere } from '../access/me.ts'
import {
  changeWorkspace,
  createWorkspace,
  findWorkspace,
  listWorkspaces,
  type Workspace,
} from '../access/workspaces.ts'
import { changeGateway, type OfGateway, resumeGateway } from '../gateways/change.ts'
import {
  addGateway,
  findGateway,
  type Gateway,
  type GatewayAddress,
  listGateways,
  parseGatewayUrl,
} from '../gateways/gateways.ts'
import type { Db } from '../platform/db/database.ts'
import { releaseSending } from '../platform/installation/installation.ts'
import { makeReach } from '../platform/reach.ts'
import { startedAt } from '../supervisor/lock.ts'
import { optional, type Words } from './arguments.ts'
import { askPassword } from './ask-password.ts'
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

function usage(what: string, text: string): never {
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

export async function runGateway(place: CliContext, words: Words): Promise<undefined> {
  const { db, clock, keys } = place
  const [act, url] = words.positionals
  if (act === 'list') return listAll(db, words)
  if (act === 'change') return changeOne(place, words)
  if (act === 'resume') return resumeOne(place, words)
  if (act !== 'add' || url === undefined)
    usage(
      act === 'add' ? 'The address of the gateway is missing' : 'Say what to do: add, list, change or resume',
      'gateway add smpp://USER@HOST:PORT [--password-file FILE|-] --workspace W --name N | gateway list | gateway change NAME --workspace W … | gateway resume NAME --workspace W',
    )
  const address = withoutPassword(parseGatewayUrl(url))
  const workspace = await workspaceOf(db, words)
  const gateway = await addGateway(
    db,
    keys,
    {
      ...address,
      password: (await askPassword(words, address)) ?? '',
      reach: makeReach(place.config.privateGateways),
      workspaceId: workspace.id,
      name: words.needed('name'),
      actor,
      real: words.on('real'),
      ...limitsOf(words),
    },
    clock.now(),
  )
  say(
    words,
    gateway,
    `Added gateway "${gateway.name}"${gateway.test ? ' (test gateway: it runs on this machine)' : ''}.${sharing(gateway)}`,
  )
}

/** What it means that two workspaces have one account. */
function sharing({ shared }: Gateway): string {
  return shared
    ? ' Another workspace uses the same account: the provider may deliver receipts and replies over either connection. Each is counted where its SMS was sent from; windows and rate of the provider are shared by both.'
    : ''
}

const limitsOf = (words: Words) =>
  optional({ binds: numberOf(words, 'binds'), window: numberOf(words, 'window'), rate: numberOf(words, 'rate') })

async function gatewayOf(db: Db, words: Words): Promise<OfGateway> {
  const [act, name] = words.positionals
  if (name === undefined) usage('The name of the gateway is missing', `gateway ${act} NAME --workspace W`)
  const workspace = await workspaceOf(db, words)
  const found = await findGateway(db, workspace.id, name)
  if (found !== undefined) return { workspaceId: workspace.id, gatewayId: found.id, actor }
  const known = (await listGateways(db, workspace.id)).map(gateway => gateway.name).join(', ') || 'none'
  throw problem('gateway_missing', { workspace: workspace.name, gateway: name, known })
}

async function changeOne({ db, clock, keys, config }: CliContext, words: Words): Promise<undefined> {
  const url = words.text('url')
  const change = {
    ...(url === undefined ? {} : accountOf(url)),
    ...(await passwordOf(words)),
    ...optional({ name: words.text('name') }),
    ...limitsOf(words),
  }
  if (Object.keys(change).length === 0)
    usage(
      'Say what to change',
      'gateway change NAME --workspace W --url smpp://USER@HOST:PORT [--password-file FILE|-]',
    )
  const gateway = await changeGateway(
    db,
    keys,
    { ...(await gatewayOf(db, words)), reach: makeReach(config.privateGateways) },
    change,
    clock.now(),
  )
  say(words, gateway, `The gateway "${gateway.name}" is changed and connects with its new settings.${sharing(gateway)}`)
}

/** Arguments are readable for every user of the machine. Throws cli_password. */
function withoutPassword(address: GatewayAddress): GatewayAddress {
  if (address.password === '') return address
  throw problem('cli_password', {})
}

/** A new one, where one is given or is to be asked for. Throws cli_usage. */
async function passwordOf(words: Words): Promise<{ password?: string }> {
  const given = words.text('password-file') !== undefined || process.env.HOMING_GATEWAY_PASSWORD !== undefined
  if (!given && !words.on('password')) return {}
  const password = await askPassword(words)
  if (password !== undefined) return { password }
  return usage('Nobody can be asked for the password here', 'gateway change NAME --workspace W --password-file FILE|-')
}

/** An address says nothing about the password: the stored one is kept, where it may be (gateways/change.ts). */
function accountOf(url: string) {
  const { password: _, ...account } = withoutPassword(parseGatewayUrl(url))
  return account
}

async function resumeOne({ db, clock }: CliContext, words: Words): Promise<undefined> {
  const gateway = await resumeGateway(db, await gatewayOf(db, words), clock.now())
  say(words, gateway, `The gateway "${gateway.name}" connects again.`)
}

/** Connected: the gateway has accepted the bind, whatever it makes of messages. */
const isOpen = ({ state }: { state: string }) => ['bound', 'throttled', 'refusing', 'silent'].includes(state)

async function listAll(db: Db, words: Words): Promise<undefined> {
  const asked = words.text('workspace')
  const workspaces = asked === undefined ? await listWorkspaces(db) : [await workspaceOf(db, words)]
  const gateways = []
  for (const { id, name } of workspaces)
    for (const gateway of await listGateways(db, id)) gateways.push({ workspace: name, ...gateway })
  const lines = gateways.map(
    ({ workspace, name, host, port, state, detail, sessions, binds }) =>
      `${workspace}\t${name}\t${host === null ? '-' : `${host}:${port}`}\t${state}${detail && detail !== state ? ` (${detail})` : ''}\t${sessions.filter(isOpen).length} of ${binds} sessions`,
  )
  say(words, gateways, lines.join('\n') || 'There is no gateway yet.')
}

function numberOf(words: Words, flag: string, verb = 'gateway add …'): number | undefined {
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
  process.stdout.write(was === null ? 'Sending was not held.\n' : `Sending goes on. It was held because: ${was}\n`)
}
