/**
 * The command line: `npm run -s homing -- VERB …`. The same code as the pages and the API. Answers go to stdout (with --json
 * one document), everything else to stderr; an error is one sentence that says what to do, and exit code 1.
 */
import { type ParseArgsConfig, parseArgs } from 'node:util'
import { Problem, problem } from '../core/problems.ts'
import { optional, type Words } from './cli/arguments.ts'
import type { CliContext } from './cli/context.ts'
import { withCliContext } from './cli/context.ts'
import { readConfig } from './platform/config.ts'
import { createLog } from './platform/log.ts'
import { keepPrivate } from './platform/private-files.ts'
import { endInWords, inOneSentence } from './supervisor/last-words.ts'

type Flags = Record<string, { type: 'string' | 'boolean'; default?: string | boolean; short?: string }>

interface Verb {
  usage: string
  does: string
  flags?: Flags
  /** flags that are made from tables, which only this verb loads */
  moreFlags?: () => Promise<Flags>
  /** on a database; its answer is the exit code (0) */
  at?: (place: CliContext, words: Words) => Promise<number | undefined>
  /** it sends itself, so it judges whether it may (platform/installation/installation.ts) */
  sends?: true
  /** without one */
  run?: (words: Words) => Promise<number | undefined>
}

const string = { type: 'string' } as const
const boolean = { type: 'boolean' } as const

const verbs: Record<string, Verb> = {
  start: {
    usage: 'start [--no-demo] [--port N]',
    does: 'everything on this machine: database, pages, worker, simulator',
    flags: { 'no-demo': boolean, port: string },
    run: async words => (await import('./cli/start.ts')).runStart(words),
  },
  web: {
    usage: 'web',
    does: 'the pages, the API and the short links alone',
    run: async words => (await import('./cli/start.ts')).runWebVerb(words),
  },
  worker: {
    usage: 'worker',
    does: 'a worker alone',
    run: async words => (await import('./cli/start.ts')).runWorkerVerb(words),
  },
  simulator: {
    usage: 'simulator [--port N] [--near N] [--folder DIR] [--seed N] [--throttle N]',
    does: 'the SMPP simulator alone',
    flags: { port: string, near: string, folder: string, seed: string, throttle: string },
    run: async words => (await import('./cli/start.ts')).runSimulatorVerb(words),
  },
  demo: {
    usage: 'demo [--profiles 10000] [--seed 1] [--json]',
    does: 'one campaign from import to report in a temporary folder, checked against the simulator',
    flags: { profiles: string, seed: string },
    run: async words => (await import('./cli/demo.ts')).runDemo(words),
  },
  sms: {
    usage: 'sms [--smart]',
    does: 'counts texts: {"text":…} lines in, {"encoding","units","parts"} lines out',
    flags: { smart: boolean },
    run: async words =>
      (await import('./cli/sms.ts')).runSms({ smart: words.on('smart'), input: process.stdin, output: process.stdout }),
  },
  workspace: {
    usage: 'workspace create NAME | workspace set NAME --max-parts N',
    does: 'makes a workspace, or sets how many parts an SMS of it may have',
    flags: { 'max-parts': string },
    at: async (place, words) => (await import('./cli/settings.ts')).runWorkspace(place, words),
  },
  import: {
    usage:
      'import FILE --workspace W --country SE --map phone=Mobil,external_key=Kundnr,… [--topic Offers] [--mode both|create|update]',
    does: 'imports profiles from a CSV file',
    flags: { workspace: string, country: string, map: string, topic: string, mode: string, rejected: string },
    at: async (place, words) => (await import('./cli/import.ts')).runImport(place, words),
  },
  gateway: {
    usage:
      'gateway add smpp://USER@HOST:PORT --workspace W --name N [--password-file FILE|-] [--binds 1] [--window 100] [--rate 0] [--real] | gateway add --kind KIND --SETTING VALUE … --workspace W --name N | gateway kinds | gateway list [--workspace W] | gateway change NAME --workspace W [--url smpp://USER@HOST:PORT] [--SETTING VALUE …] [--password] [--password-file FILE|-] [--name NEW] [--binds N] [--window N] [--rate N] | gateway resume NAME --workspace W',
    does: 'adds a gateway, lists them with the state of their sessions, corrects one, or lets it connect again; kinds lists the settings of each kind',
    flags: {
      workspace: string,
      name: string,
      kind: string,
      url: string,
      binds: string,
      window: string,
      rate: string,
      real: boolean,
    },
    moreFlags: async () => (await import('./cli/gateway.ts')).settingFlags(),
    at: async (place, words) => (await import('./cli/gateway.ts')).runGateway(place, words),
  },
  send: {
    usage: 'send --workspace W --gateway N --topic T --name NAME --sender S --text-file F [--quiet-hours] [--wait]',
    does: 'sends an activity at once',
    flags: {
      workspace: string,
      gateway: string,
      topic: string,
      name: string,
      sender: string,
      'text-file': string,
      'quiet-hours': boolean,
      wait: boolean,
    },
    sends: true,
    at: async (place, words) => (await import('./cli/send.ts')).runSend(place, words),
  },
  report: {
    usage: 'report ACTIVITY',
    does: 'prints the report of an activity',
    at: async (place, words) => (await import('./cli/report.ts')).runReport(place, words),
  },
  export: {
    usage:
      'export ACTIVITY TAB [--format csv|xlsx|ndjson] [--separator comma|semicolon|tab] [--sep-line] [--link ID] --out FILE|-',
    does: 'writes all profiles of a tab: sent, delivered, clicks, bounced, unsubscribed, not-sent',
    flags: { format: string, separator: string, 'sep-line': boolean, link: string, out: string },
    at: async (place, words) => (await import('./cli/report.ts')).runExport(place, words),
  },
  attribute: {
    usage: 'attribute list --workspace W | attribute remove NAME --workspace W',
    does: 'lists the attributes of profiles, or removes one that few profiles have, with its values',
    flags: { workspace: string },
    at: async (place, words) => (await import('./cli/profiles.ts')).runAttribute(place, words),
  },
  known: {
    usage: 'known PROFILE --out FILE|-',
    does: 'writes all that is known of a person as one JSON document',
    flags: { out: string },
    at: async (place, words) => (await import('./cli/profiles.ts')).runKnown(place, words),
  },
  forget: {
    usage: 'forget PROFILE --yes',
    does: 'erases a person, for good: everything personal goes, keys and figures stay',
    flags: { yes: boolean },
    at: async (place, words) => (await import('./cli/profiles.ts')).runForget(place, words),
  },
  unmatched: {
    usage: 'unmatched [--retry]',
    does: 'lists receipts that match no message, deliveries that cannot be read and records that cannot be applied; --retry tries those records and given-up receipts again',
    flags: { retry: boolean },
    at: async (place, words) => (await import('./cli/unmatched.ts')).runUnmatched(place, words),
  },
  verify: {
    usage: 'verify [ACTIVITY]',
    does: 'recomputes every figure from the facts, from scratch, and prints each difference',
    at: async (place, words) => (await import('./cli/report.ts')).runVerify(place, words),
  },
  secrets: {
    usage: 'secrets | secrets rotate [--lost]',
    does: 'says which key encrypts the passwords of gateways, or makes a new one and encrypts them with it',
    flags: { lost: boolean },
    at: async (place, words) => (await import('./cli/secrets.ts')).runSecrets(place, words),
  },
  'api-key': {
    usage: 'api-key create --workspace W --name N [--role viewer|editor|admin] [--days N]',
    does: 'makes an API key and prints it, once',
    flags: { workspace: string, name: string, role: string, days: string },
    at: async (place, words) => (await import('./cli/settings.ts')).runApiKey(place, words),
  },
  'sign-in-link': {
    usage: 'sign-in-link [--email ADDRESS]',
    does: 'prints a one-time link to sign in',
    flags: { email: string },
    at: async (place, words) => (await import('./cli/settings.ts')).runSignInLink(place, words),
  },
  account: {
    usage: 'account sign-out ADDRESS|ID | account close ADDRESS|ID',
    does: 'ends all sessions of an account and its unused sign-in links; close also takes it out of every workspace',
    at: async (place, words) => (await import('./cli/settings.ts')).runAccount(place, words),
  },
  'release-sending': {
    usage: 'release-sending',
    does: 'lets a restored or moved database send again',
    at: async place => (await import('./cli/settings.ts')).runReleaseSending(place),
  },
  migrate: { usage: 'migrate', does: 'brings the database to the newest schema', at: async () => 0 },
}

async function main(argv: string[]): Promise<number> {
  const [name = '', ...rest] = argv
  if (name === '' || name === 'help' || name === '--help' || name === '-h') {
    process.stdout.write(help())
    return name === '' ? 1 : 0
  }
  const verb = verbs[name]
  if (verb === undefined) throw problem('cli_unknown_verb', { verb: name, verbs: Object.keys(verbs).join(', ') })
  const words = readWords(name, { ...verb, flags: { ...(await verb.moreFlags?.()), ...verb.flags } }, rest)
  if (words.on('help')) {
    process.stdout.write(`homing ${verb.usage}\n  ${verb.does}\n`)
    return 0
  }
  if (verb.run !== undefined) return (await verb.run(words)) ?? 0
  const config = readConfig(process.env, optional({ data: words.text('data') }))
  const log = createLog({ part: name })
  return (await withCliContext(config, log, place => verb.at!(place, words), { sends: verb.sends ?? false })) ?? 0
}

function readWords(name: string, verb: Verb, argv: string[]): Words {
  const options: NonNullable<ParseArgsConfig['options']> = { ...verb.flags, data: string, json: boolean, help: boolean }
  try {
    const { values, positionals } = parseArgs({
      args: withNegatives(argv, options),
      options,
      allowPositionals: true,
      strict: true,
    })
    const text = (flag: string) => {
      const value = values[flag]
      return typeof value === 'string' ? value : undefined
    }
    return {
      positionals,
      text,
      needed(flag) {
        const value = text(flag)
        if (value === undefined) throw problem('cli_usage', { what: `--${flag} is missing`, usage: verb.usage })
        return value
      },
      on: flag => values[flag] === true,
    }
  } catch (error) {
    if (error instanceof Problem) throw error
    throw problem('cli_usage', {
      what: error instanceof Error ? wrongIn(error) : `homing ${name}`,
      usage: verb.usage,
    })
  }
}

/** `--rate -1` is a value that is too low, and no two flags. */
function withNegatives(argv: readonly string[], options: NonNullable<ParseArgsConfig['options']>): string[] {
  const end = argv.indexOf('--')
  const joined: string[] = []
  for (const [i, word] of argv.entries()) {
    const flag = joined.at(-1) ?? ''
    const takesValue = flag.startsWith('--') && options[flag.slice(2)]?.type === 'string'
    if (takesValue && /^-\d/.test(word) && (end < 0 || i < end)) joined[joined.length - 1] = `${flag}=${word}`
    else joined.push(word)
  }
  return joined
}

/** What parseArgs says, in our words. */
function wrongIn({ message }: Error): string {
  const flag = /'(?:-\w, )?(--[\w-]+)/.exec(message)?.[1]
  if (flag !== undefined && /argument (missing|is ambiguous)/.test(message)) return `${flag} needs a value`
  if (flag !== undefined && message.startsWith('Unknown option')) return `There is no option ${flag}`
  return message.split('\n')[0]!.replace(/\.$/, '')
}

function help(): string {
  const lines = Object.values(verbs).map(verb => `  ${verb.usage}\n      ${verb.does}`)
  return `homing VERB [--data DIR] [--json]\n\n${lines.join('\n')}\n`
}

keepPrivate()
endInWords()
try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  process.stderr.write(`${inOneSentence(error)}\n`)
  process.exitCode = 1
}
