/** The verbs that set things up: workspaces, API keys, sign-in links, accounts. */

import { countryOfZone } from '../../core/countries.ts'
import { type Frequency, parseFrequency } from '../../core/frequency.ts'
import { problem } from '../../core/problems.ts'
import { consequencesOf, type SendRole, sendRoles } from '../../core/workspace-settings.ts'
import { audit } from '../access/audit.ts'
import { createApiKey } from '../access/keys.ts'
import { findAccount, signInLink } from '../access/links.ts'
import { closeAccount, signOutEverywhere } from '../access/me.ts'
import { changeWorkspace, type SettingsChange } from '../access/workspace-settings.ts'
import { createWorkspace, findWorkspace, type Workspace } from '../access/workspaces.ts'
import type { Db } from '../platform/db/database.ts'
import { releaseSending } from '../platform/installation/installation.ts'
import { makeReach } from '../platform/reach.ts'
import { startedAt } from '../supervisor/lock.ts'
import { type CommandWords, optional } from './arguments.ts'
import type { CliContext } from './context.ts'

export const actor = 'command line'
const keyRoles = ['viewer', 'editor', 'admin'] as const

export function printAnswer(words: CommandWords, document: unknown, sentence: string): void {
  process.stdout.write(words.on('json') ? `${JSON.stringify(document)}\n` : `${sentence}\n`)
}

/** The workspace of --workspace, which must be there. */
export async function neededWorkspace(db: Db, words: CommandWords): Promise<Workspace> {
  const name = words.needed('workspace')
  const workspace = await findWorkspace(db, name)
  if (workspace === undefined) throw problem('workspace_missing', { workspace: name })
  return workspace
}

export function usage(what: string, text: string): never {
  throw problem('cli_usage', { what, usage: text })
}

const workspaceUsage =
  'workspace create NAME [--time-zone Z] [--country C] [--currency C] | workspace set NAME [--name NEW] [--time-zone Z] [--country C] [--currency C] [--credit-value V] [--link-domain D|none] [--sender S|none] [--who-may-send editor|admin|owner] [--max-parts N] [--frequency 24h|3d|none]'

export async function runWorkspace(context: CliContext, words: CommandWords): Promise<undefined> {
  const { db, clock } = context
  const [act, name] = words.positionals
  if (act === 'set' && name !== undefined) return setWorkspace(context, name, words)
  if (act !== 'create' || name === undefined) usage('The name of the workspace is missing', workspaceUsage)
  const given = optional({
    timeZone: words.text('time-zone') ?? zoneOfMachine(),
    defaultCountry: words.text('country'),
    currency: words.text('currency'),
  })
  const workspace = await createWorkspace(db, { ...given, name, owner: null, actor }, clock.now())
  const { timeZone, defaultCountry, currency } = workspace
  printAnswer(
    words,
    workspace,
    `The workspace "${workspace.name}" is there: ${timeZone}, ${defaultCountry}, ${currency}.`,
  )
}

/** The zone of this machine, where it is that of a country: servers and containers are often set to UTC. */
function zoneOfMachine(): string | undefined {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions()
  return countryOfZone(timeZone) === undefined ? undefined : timeZone
}

async function setWorkspace(
  { db, clock, config, linkUrl }: CliContext,
  name: string,
  words: CommandWords,
): Promise<undefined> {
  const found = await findWorkspace(db, name)
  if (found === undefined) throw problem('workspace_missing', { workspace: name })
  const given: SettingsChange = optional({
    name: words.text('name'),
    timeZone: words.text('time-zone'),
    defaultCountry: words.text('country'),
    currency: words.text('currency'),
    creditValue: words.text('credit-value'),
    linkDomain: words.text('link-domain') === 'none' ? null : words.text('link-domain'),
    defaultSender: words.text('sender') === 'none' ? '' : words.text('sender'),
    sendRole: sendRoleOf(words),
    maxParts: numberOf(words, 'max-parts', 'workspace set NAME'),
    frequencyHours: words.text('frequency') === 'none' ? null : frequencyFlag(words, 'workspace set NAME')?.hours,
  })
  const by = {
    actor,
    role: 'owner',
    url: config.url ?? linkUrl,
    linkUrl,
    reach: makeReach(config.privateGateways),
  } as const
  if (Object.keys(given).length === 0) usage('Say what to set', workspaceUsage)
  const workspace = await changeWorkspace(db, found.id, given, by, clock.now())
  printAnswer(words, workspace, `The workspace "${workspace.name}" is changed. ${consequencesOf(given).join(' ')}`)
}

function sendRoleOf(words: CommandWords): SendRole | undefined {
  const text = words.text('who-may-send')
  const role = sendRoles.find(one => one === text)
  if (text !== undefined && role === undefined)
    usage(`--who-may-send is one of ${sendRoles.join(', ')}`, workspaceUsage)
  return role
}

/** As in --frequency 24h or 3d. */
export function frequencyFlag(words: CommandWords, verb: string): Frequency | undefined {
  const text = words.text('frequency')
  if (text === undefined) return undefined
  const frequency = parseFrequency(text)
  if (frequency === undefined)
    throw problem('cli_usage', {
      what: `--frequency is hours or days, at most a year, as in 24h or 3d: ${text}`,
      usage: `${verb} --frequency 24h`,
    })
  return frequency
}

export function numberOf(words: CommandWords, flag: string, verb: string): number | undefined {
  const text = words.text(flag)
  if (text === undefined) return undefined
  const n = Number(text)
  if (!Number.isInteger(n))
    throw problem('cli_usage', { what: `--${flag} is no whole number: ${text}`, usage: `${verb} --${flag} N` })
  return n
}

export async function runApiKey({ db, clock }: CliContext, words: CommandWords): Promise<undefined> {
  const usageOf = 'api-key create --workspace W --name N [--role viewer|editor|admin] [--days N]'
  if (words.positionals[0] !== 'create') usage('Say what to do', usageOf)
  const role = keyRoles.find(known => known === (words.text('role') ?? 'viewer'))
  if (role === undefined) usage(`--role is ${words.text('role')}`, usageOf)
  const days = numberOf(words, 'days', 'api-key create')
  if (days !== undefined && (days < 1 || days > 36_500)) usage('--days is a number from 1 to 36500', usageOf)
  const expiresAt = days === undefined ? null : new Date(clock.now().getTime() + days * 86_400_000)
  const workspace = await neededWorkspace(db, words)
  const { id, key } = await createApiKey(
    db,
    { workspaceId: workspace.id, name: words.needed('name'), role, expiresAt, actor },
    clock.now(),
  )
  printAnswer(words, { id, key }, key)
}

export async function runSignInLink({ db, config }: CliContext, words: CommandWords): Promise<undefined> {
  const started = config.portAsked ? undefined : startedAt(config.data)
  const url = config.url ?? started ?? `http://localhost:${config.port}`
  const link = await signInLink(db, url, words.text('email'))
  printAnswer(words, { link }, link)
}

/** What an owner does who finds an account in strange hands, and there is nobody to do it on the web. */
export async function runAccount({ db, clock }: CliContext, words: CommandWords): Promise<undefined> {
  const [act, named] = words.positionals
  if ((act !== 'sign-out' && act !== 'close') || named === undefined)
    usage('Say what to do, and whose account it is', 'account sign-out ADDRESS|ID | account close ADDRESS|ID')
  const account = await findAccount(db, named)
  if (act === 'sign-out') await signOutEverywhere(db, account.id, actor, clock.now())
  else await closeAccount(db, account.id, actor, clock.now())
  const done =
    act === 'close' ? 'is closed: nobody signs in to it, and it is in no workspace' : 'is signed out everywhere'
  printAnswer(words, { id: account.id }, `The account ${account.id} (${account.name}) ${done}.`)
}

export async function runReleaseSending({ db, clock }: CliContext): Promise<undefined> {
  const was = await releaseSending(db)
  if (was !== null) {
    const act = { action: 'installation.release_sending', subject: 'installation', details: { was } }
    await audit(db, { workspaceId: null, actor, ...act }, clock.now())
  }
  process.stdout.write(was === null ? 'Sending was not held.\n' : `Sending continues. It was held because: ${was}\n`)
}
