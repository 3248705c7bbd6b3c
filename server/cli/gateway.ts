/** The verb `gateway`: add, list, change, pause, resume, remove. Its flags for settings are made from the schemas of the kinds (gateways/kind.ts). */
import { problem } from '../../core/problems.ts'
import { listWorkspaces } from '../access/workspaces.ts'
import { changeGateway, type GatewayChangeInput } from '../gateways/change-gateway.ts'
import { kindNamed, parseGatewayUrl } from '../gateways/find-kind.ts'
import { addGateway, findGateway, type Gateway, listGateways, readGateway } from '../gateways/gateways.ts'
import type { AnyGatewayKind, Entered } from '../gateways/kind.ts'
import { gatewayKinds } from '../gateways/kinds.ts'
import { pauseGateway, resumeGateway } from '../gateways/pause.ts'
import { readGatewayUse, removeGateway } from '../gateways/remove.ts'
import type { Db } from '../platform/db/database.ts'
import { makeReach } from '../platform/reach.ts'
import { type CommandWords, optional } from './arguments.ts'
import { askSecret, fileFlag, givenSecret, variableOf } from './ask-secret.ts'
import type { CliContext } from './context.ts'
import { actor, neededWorkspace, numberOf, printAnswer, usage } from './set-up.ts'

const usages = {
  add: 'gateway add ADDRESS --workspace W --name N | gateway add --kind KIND --SETTING VALUE … --workspace W --name N',
  list: 'gateway list [--workspace W]',
  kinds: 'gateway kinds',
  change: 'gateway change NAME --workspace W [--SETTING VALUE …] [--SECRET] [--SECRET-file FILE|-]',
  pause: 'gateway pause NAME --workspace W',
  resume: 'gateway resume NAME --workspace W',
  remove: 'gateway remove NAME --workspace W --yes',
}

export async function runGateway(place: CliContext, words: CommandWords): Promise<undefined> {
  const [act] = words.positionals
  if (act === 'add') return addOne(place, words)
  if (act === 'list') return listAll(place.db, words)
  if (act === 'change') return changeOne(place, words)
  if (act === 'pause') return pauseOne(place, words)
  if (act === 'resume') return resumeOne(place, words)
  if (act === 'remove') return removeOne(place, words)
  if (act === 'kinds') return listKinds(words)
  usage(`Say what to do: ${Object.keys(usages).join(', ')}`, Object.values(usages).join(' | '))
}

/** `systemId` -> `system-id` */
const flagOf = (setting: string) => setting.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)

interface Setting {
  name: string
  flag: string
  schema: Readonly<Record<string, unknown>>
  isSecret: boolean
}

const settingsOf = (kind: AnyGatewayKind): Setting[] =>
  Object.entries(kind.schema.properties).map(([name, schema]) => ({
    name,
    flag: flagOf(name),
    schema: { ...schema },
    isSecret: kind.secrets.includes(name),
  }))

/** Of all kinds, for the command line. A secret has no flag that takes its value: arguments are readable for every user of the machine. */
export function settingFlags(): Record<string, { type: 'string' | 'boolean' }> {
  const flags = gatewayKinds
    .flatMap(settingsOf)
    .flatMap(({ flag, isSecret, schema }): [string, 'string' | 'boolean'][] => {
      if (!isSecret) return [[flag, schema.type === 'boolean' ? 'boolean' : 'string']]
      return [
        [flag, 'boolean'],
        [fileFlag(flag), 'string'],
      ]
    })
  return Object.fromEntries(flags.map(([flag, type]) => [flag, { type }]))
}

/** The values of the flags for a kind's settings. An invalid number stays a text, which the kind's schema then reports. */
function enteredIn(kind: AnyGatewayKind, words: CommandWords): Entered {
  const given = settingsOf(kind).flatMap(({ name, flag, schema, isSecret }): [string, unknown][] => {
    if (isSecret) return []
    if (schema.type === 'boolean') return words.on(flag) ? [[name, true]] : []
    const text = words.text(flag)
    if (text === undefined) return []
    const isNumber = schema.type === 'integer' || schema.type === 'number'
    return [[name, isNumber && Number.isFinite(Number(text)) ? Number(text) : text]]
  })
  return Object.fromEntries(given)
}

const defaultsOf = (kind: AnyGatewayKind): Entered =>
  Object.fromEntries(
    settingsOf(kind).flatMap(({ name, schema: { default: value } }) => (value === undefined ? [] : [[name, value]])),
  )

async function addOne(place: CliContext, words: CommandWords): Promise<undefined> {
  const { db, clock, keys, config } = place
  const [, url] = words.positionals
  if (url === undefined && words.text('kind') === undefined)
    usage('The address of the gateway is missing, or its --kind with its settings', usages.add)
  const at = url === undefined ? undefined : withoutSecrets(url)
  const kind = at?.kind ?? kindNamed(words.needed('kind'))
  const settings = { ...defaultsOf(kind), ...at?.settings, ...enteredIn(kind, words) }
  const { address } = kind.check(settings)
  const workspace = await neededWorkspace(db, words)
  const gateway = await addGateway(
    db,
    keys,
    {
      kind: kind.name,
      settings: { ...settings, ...(await secretsFor(kind, words, address)) },
      reach: makeReach(config.privateGateways),
      workspaceId: workspace.id,
      name: words.needed('name'),
      actor,
      real: words.on('real'),
      ...limitsOf(words),
    },
    clock.now(),
  )
  printAnswer(
    words,
    gateway,
    `Added gateway "${gateway.name}"${gateway.test ? ' (test gateway: it runs on this machine)' : ''}.${sharing(gateway)}`,
  )
}

/** Empty where nobody can be asked. */
async function secretsFor(kind: AnyGatewayKind, words: CommandWords, address: string): Promise<Entered> {
  const secrets: Record<string, string> = {}
  const isAsked = (name: string, flag: string) =>
    kind.neededSecrets.includes(name) || words.on(flag) || words.text(fileFlag(flag)) !== undefined
  for (const { name, flag, schema, isSecret } of settingsOf(kind))
    if (isSecret && isAsked(name, flag))
      secrets[name] = (await askSecret(words, { flag, title: `${schema.title} of ${address}` })) ?? ''
  return secrets
}

/** What it means that two workspaces use one account. */
function sharing({ shared }: Gateway): string {
  return shared
    ? ' Another workspace uses the same account: the provider may deliver receipts and replies over either connection. Each is counted where its SMS was sent from; windows and rate of the provider are shared by both.'
    : ''
}

const limitsOf = (words: CommandWords) =>
  optional({
    binds: numberOf(words, 'binds', 'gateway add …'),
    window: numberOf(words, 'window', 'gateway add …'),
    rate: numberOf(words, 'rate', 'gateway add …'),
  })

async function gatewayOf(db: Db, words: CommandWords): Promise<GatewayChangeInput & { kind: string }> {
  const [act, name] = words.positionals
  if (name === undefined) usage('The name of the gateway is missing', `gateway ${act} NAME --workspace W`)
  const workspace = await neededWorkspace(db, words)
  const found = await findGateway(db, workspace.id, name)
  if (found !== undefined) return { workspaceId: workspace.id, gatewayId: found.id, kind: found.kind, actor }
  const known = (await listGateways(db, workspace.id)).map(gateway => gateway.name).join(', ') || 'none'
  throw problem('gateway_missing', { workspace: workspace.name, gateway: name, known })
}

async function changeOne({ db, clock, keys, config }: CliContext, words: CommandWords): Promise<undefined> {
  const of = await gatewayOf(db, words)
  const url = words.text('url')
  const at = url === undefined ? undefined : withoutSecrets(url)
  const asked = words.text('kind')
  const kind = at?.kind ?? kindNamed(asked ?? of.kind)
  const settings = { ...at?.settings, ...enteredIn(kind, words), ...(await newSecrets(kind, words)) }
  const change = {
    ...(at === undefined && asked === undefined ? {} : { kind: kind.name }),
    ...(Object.keys(settings).length === 0 ? {} : { settings }),
    ...optional({ name: words.text('name') }),
    ...limitsOf(words),
  }
  if (Object.keys(change).length === 0) usage('Say what to change', usages.change)
  const reach = makeReach(config.privateGateways)
  const gateway = await changeGateway(db, keys, { ...of, reach }, change, clock.now())
  printAnswer(
    words,
    gateway,
    `The gateway "${gateway.name}" is changed and connects with its new settings.${sharing(gateway)}`,
  )
}

/** Throws cli_password. An address without a secret keeps the stored one, where that is allowed (gateways/change-gateway.ts). */
function withoutSecrets(url: string): { kind: AnyGatewayKind; settings: Entered } {
  const at = parseGatewayUrl(url)
  if (at.kind.secrets.every(name => at.settings[name] === undefined)) return at
  const [flag = ''] = at.kind.secrets.filter(name => at.settings[name] !== undefined).map(flagOf)
  throw problem('cli_password', { flag, variable: variableOf(flag) })
}

/** Those that are given or are to be asked for. Throws cli_usage. */
async function newSecrets(kind: AnyGatewayKind, words: CommandWords): Promise<Entered> {
  const secrets: Record<string, string> = {}
  for (const { name, flag, schema, isSecret } of settingsOf(kind)) {
    if (!isSecret || (!givenSecret(words, flag) && !words.on(flag))) continue
    const secret = await askSecret(words, { flag, title: `New ${String(schema.title).toLowerCase()}` })
    if (secret === undefined)
      usage(`Nobody can be asked for the ${flag} here`, `gateway change NAME --workspace W --${fileFlag(flag)} FILE|-`)
    secrets[name] = secret
  }
  return secrets
}

async function resumeOne({ db, clock }: CliContext, words: CommandWords): Promise<undefined> {
  const of = await gatewayOf(db, words)
  const { pausedAt } = await readGateway(db, of.workspaceId, of.gatewayId)
  const gateway = await resumeGateway(db, of, clock.now())
  printAnswer(words, gateway, `The gateway "${gateway.name}" ${pausedAt === null ? 'connects' : 'sends'} again.`)
}

async function pauseOne({ db, clock }: CliContext, words: CommandWords): Promise<undefined> {
  const gateway = await pauseGateway(db, await gatewayOf(db, words), clock.now())
  const resume = 'SMS wait until "gateway resume"; receipts still come.'
  printAnswer(words, gateway, `The gateway "${gateway.name}" is paused: nothing more is sent over it. ${resume}`)
}

/** Without --yes it only says what would follow. */
async function removeOne({ db, clock, keys }: CliContext, words: CommandWords): Promise<undefined> {
  const of = await gatewayOf(db, words)
  const { name } = await readGateway(db, of.workspaceId, of.gatewayId)
  const use = await readGatewayUse(db, of.workspaceId, of.gatewayId)
  if (use.activities.length === 0 && !words.on('yes')) {
    const follows = [
      'Its secrets are deleted. Reports keep its name.',
      ...(use.drafts > 0 ? [`Drafts that need another gateway: ${use.drafts}.`] : []),
      ...(use.unanswered > 0
        ? [
            `SMS without a receipt: ${use.unanswered}. A receipt counts only if it comes over another gateway of the same account.`,
          ]
        : []),
      ...(use.isLast
        ? ['It is the last gateway of the workspace: nothing can be sent until you add another one.']
        : []),
    ]
    usage(`Say --yes to remove the gateway "${name}". ${follows.join(' ')}`, usages.remove)
  }
  await removeGateway(db, keys, of, clock.now())
  printAnswer(words, { removed: name, ...use }, `The gateway "${name}" is removed.`)
}

/** Connected: the gateway has accepted the bind, whatever it does with messages. */
const isOpen = ({ state }: { state: string }) => ['bound', 'throttled', 'refusing', 'silent'].includes(state)

async function listAll(db: Db, words: CommandWords): Promise<undefined> {
  const asked = words.text('workspace')
  const workspaces = asked === undefined ? await listWorkspaces(db) : [await neededWorkspace(db, words)]
  const gateways = []
  for (const { id, name } of workspaces)
    for (const gateway of await listGateways(db, id)) gateways.push({ workspace: name, ...gateway })
  const lines = gateways.map(
    ({ workspace, name, address, pausedAt, state, detail, sessions, binds }) =>
      `${workspace}\t${name}\t${address ?? '-'}\t${pausedAt === null ? '' : 'paused, '}${state}${detail && detail !== state ? ` (${detail})` : ''}\t${sessions.filter(isOpen).length} of ${binds} sessions`,
  )
  printAnswer(words, gateways, lines.join('\n') || 'There is no gateway yet.')
}

function listKinds(words: CommandWords): undefined {
  const kinds = gatewayKinds.map(kind => ({
    kind: kind.name,
    label: kind.label,
    settings: kind.schema,
    address: kind.url?.form ?? null,
  }))
  const lines = gatewayKinds.flatMap(kind => [
    `${kind.name}\t${kind.label}${kind.url === undefined ? '' : `\t${kind.url.form}`}`,
    ...settingsOf(kind).map(({ flag, schema, isSecret }) => `  --${isSecret ? fileFlag(flag) : flag}\t${schema.title}`),
  ])
  printAnswer(words, kinds, lines.join('\n'))
}
