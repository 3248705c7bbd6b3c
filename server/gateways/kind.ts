/**
 * What a kind of gateway declares: its settings as schemas, and how a connection is opened. API, OpenAPI document, command line and pages are
 * made from the schemas, so a new kind needs no code in any of them.
 *
 * Always: what is in `secrets` is stored only sealed, and is returned, logged and audited nowhere. A setting is a string, a number or a
 * boolean; a secret is a string.
 *
 * Keywords of a setting: `title` its label, `description` its help, `default`, `examples` (the first is the placeholder), `rule` what to
 * enter, where `pattern` alone says it to programs only.
 */
import { type Static, type TObject, type TSchema, Type } from '@fastify/type-provider-typebox'
import Value from 'typebox/value'
import type { Channel } from '../../core/channels.ts'
import { type Problem, problem } from '../../core/problems.ts'
import { faultsInWords } from '../platform/http/problem-responses.ts'
import type { Delivery } from './delivered.ts'
import type { GatewayKind, WebhookRequest } from './gateway.ts'
import { openFor } from './of-channel.ts'

/** What a person entered, and what a row holds, by the name of the setting. */
export type Entered = Readonly<Record<string, unknown>>
export type Secrets = Readonly<Record<string, string>>

export interface KindDefinition<On extends Channel, Settings extends TObject, Secret extends TObject>
  extends GatewayKind<Static<Settings> & Static<Secret>, On> {
  /** whose messages it carries */
  channel: On
  /** in its row, in the API and after --kind */
  name: string
  /** on the pages */
  label: string
  /** messages without an answer at the same time, unless a person says otherwise; 100 */
  window?: number
  settings: Settings
  secrets: Secret
  /** One way to write what can be written in several; the stored settings are always written so. */
  canonical(settings: Static<Settings>): Static<Settings>
  /** What is wrong although each setting alone is right; undefined: nothing. */
  fault?(settings: Static<Settings>): { setting: string; what: string } | undefined
  /** Makes what nobody has to enter, such as keys. `stored`: the settings before a change. */
  complete?(
    given: { settings: Static<Settings>; secrets: Secrets },
    stored: Static<Settings> | undefined,
  ): Promise<{ settings: Static<Settings>; secrets: Secrets }>
  /** What the domain name system has to say for it. `host`: of this installation. */
  records?(settings: Static<Settings>, host: string): readonly DnsRecord[]
  /** what is connected to: must pass the rules of reachable hosts (platform/reach.ts) */
  host(settings: Static<Settings>): string
  /** for lists of gateways: where it leads */
  address(settings: Static<Settings>): string
  /** The same for all gateways of one account at a provider, and for no others. */
  account(settings: Static<Settings>): string
  /** for the command line */
  url?: AddressForm
}

/** For people, who enter it at the provider of their domain. */
export interface DnsRecord {
  type: 'MX' | 'TXT'
  name: string
  value: string
  why: string
}

/** One address for all settings. Its scheme is the name of the kind. */
export interface AddressForm {
  /** "smpp://USER:PASSWORD@HOST:PORT" */
  form: string
  /** Throws gateway_url. */
  read(url: URL): Entered
}

/** Settings without secrets, and what follows from them. */
export interface GatewayTarget {
  settings: Entered
  host: string
  address: string
  /** begins with the name of the kind */
  account: string
}

/** A kind as the rest of the server sees it: its settings are checked by it and have no type outside. */
export interface AnyGatewayKind extends Pick<GatewayKind<Entered>, 'open'> {
  readonly channel: Channel
  readonly name: string
  readonly label: string
  readonly window: number
  /** what is entered, secrets (`writeOnly`) among it, in the order of a form */
  readonly schema: TObject
  /** what is returned */
  readonly shown: TObject
  readonly secrets: readonly string[]
  /** those that must be entered */
  readonly neededSecrets: readonly string[]
  readonly url: AddressForm | undefined
  /** of a kind whose provider delivers by HTTP */
  readonly receive: ((settings: Entered, request: WebhookRequest) => readonly Delivery[] | undefined) | undefined
  /** Undefined where the stored document does not fit this kind. */
  read(stored: unknown): GatewayTarget | undefined
  /** Of checked settings and secrets: with what the kind makes itself. `stored`: the settings before a change. */
  complete(
    given: { target: GatewayTarget; secrets: Secrets },
    stored: Entered | undefined,
  ): Promise<{ target: GatewayTarget; secrets: Secrets }>
  /** Of stored settings. */
  records(settings: Entered, host: string): readonly DnsRecord[]
  /** What was entered, without its secrets. Throws invalid_input with the place. */
  check(entered: Entered): GatewayTarget
  /** The secrets that were entered: all of them, or those that change. Throws invalid_input with the place. */
  checkSecrets(entered: Entered, which: 'all' | 'some'): Secrets
}

const closed = { additionalProperties: false } as const

export function defineKind<On extends Channel, Settings extends TObject, Secret extends TObject>(
  kind: KindDefinition<On, Settings, Secret>,
): AnyGatewayKind {
  const { settings: shown, secrets: secret } = kind
  const writeOnly = Object.entries(secret.properties).map(([name, of]): [string, TSchema] => {
    const marked = { ...of, writeOnly: true }
    return [name, Type.IsOptional(of) ? Type.Optional(marked) : marked]
  })
  const schema = Type.Object({ ...shown.properties, ...Object.fromEntries(writeOnly) }, closed)
  const names = Object.keys(secret.properties)
  const some = Type.Object(
    Object.fromEntries(Object.entries(secret.properties).map(([name, of]) => [name, Type.Optional(of)])),
    closed,
  )
  /** A secret that is not stored is empty. */
  const empty = Object.fromEntries(names.map(name => [name, '']))

  const isSecret = (name: string) => names.includes(name)
  /** What is stored, as the kind knows it. One by one: each schema is closed, so no value fits both. */
  const typed = (stored: Entered, gateway: string): Static<Settings> & Static<Secret> => {
    const settings: unknown = Object.fromEntries(pick(stored, name => !isSecret(name)))
    const secrets: unknown = { ...empty, ...Object.fromEntries(pick(stored, isSecret)) }
    if (!Value.Check(shown, settings) || !Value.Check(secret, secrets))
      throw new Error(`the settings of ${gateway} do not fit its kind`)
    return { ...settings, ...secrets }
  }
  const { receive } = kind
  const targetOf = (settings: Static<Settings>): GatewayTarget => ({
    settings: { ...settings },
    host: kind.host(settings),
    address: kind.address(settings),
    account: `${kind.name}:${kind.account(settings)}`,
  })
  return {
    channel: kind.channel,
    name: kind.name,
    label: kind.label,
    window: kind.window ?? 100,
    schema,
    shown,
    secrets: names,
    neededSecrets: names.filter(name => !Type.IsOptional(secret.properties[name])),
    url: kind.url,
    receive: receive && ((settings, request) => receive(typed(settings, 'a gateway'), request)),
    read(stored) {
      if (!Value.Check(shown, stored)) return undefined
      return Value.Equal(kind.canonical(stored), stored) ? targetOf(stored) : undefined
    },
    async complete(given, stored) {
      const { settings } = given.target
      if (kind.complete === undefined || !Value.Check(shown, settings)) return given
      const before = stored !== undefined && Value.Check(shown, stored) ? stored : undefined
      const made = await kind.complete({ settings, secrets: given.secrets }, before)
      return { target: targetOf(made.settings), secrets: made.secrets }
    },
    records: (settings, host) => (Value.Check(shown, settings) ? (kind.records?.(settings, host) ?? []) : []),
    check(entered) {
      const given = pick(entered, name => !isSecret(name))
      const settings: unknown = Object.fromEntries(given.map(([name, value]) => [name, trimmed(value)]))
      if (!Value.Check(shown, settings)) throw wrongSettings(shown, settings)
      const canonical = kind.canonical(settings)
      const fault = kind.fault?.(canonical)
      if (fault !== undefined) throw problem('invalid_input', { where: `settings.${fault.setting}`, what: fault.what })
      return targetOf(canonical)
    },
    checkSecrets(entered, which) {
      const given = pick(entered, isSecret)
      const secrets: unknown = Object.fromEntries(given)
      const expected: TObject = which === 'all' ? secret : some
      if (!Value.Check(expected, secrets)) throw wrongSettings(expected, secrets)
      return Object.fromEntries(given.map(([name, value]) => [name, String(value)]))
    },
    open(input, handlers) {
      const settings = typed(input.settings, `gateway ${input.gatewayId}`)
      return openFor(kind.channel, handlers, ofChannel => kind.open({ ...input, settings }, ofChannel))
    },
  }
}

const pick = (entered: Entered, has: (name: string) => boolean) =>
  Object.entries(entered).filter(([name, value]) => has(name) && value !== undefined)

const trimmed = (value: unknown) => (typeof value === 'string' ? value.trim() : value)

/** Says where and what, never the value: it may be a secret in the wrong field. */
function wrongSettings(schema: TObject, value: unknown): Problem {
  const [fault] = faultsInWords('settings', [...Value.Errors(schema, value)])
  const { where, what } = fault ?? { where: 'settings', what: 'do not fit the kind of the gateway' }
  const of: TSchema | undefined = schema.properties[where.replace('settings.', '')]
  const rule = of !== undefined && 'rule' in of && /pattern/.test(what) ? String(of.rule) : undefined
  return problem('invalid_input', { where, what: rule ?? what })
}
