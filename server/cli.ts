/**
 * The command line: `npm run -s homing -- VERB …`. The same code as the pages and the API. Answers go to stdout (with --json
 * one document), everything else to stderr; an error is one sentence that says what to do, and exit code 1.
 */
import { type ParseArgsConfig, parseArgs } from 'node:util'
import { Problem, problem } from '../core/problems.ts'
import { type CommandWords, optional } from './cli/arguments.ts'
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
  at?: (place: CliContext, words: CommandWords) => Promise<number | undefined>
  /** it sends itself, so it judges whether it may (platform/installation/installation.ts) */
  sends?: true
  /** without one */
  run?: (words: CommandWords) => Promise<number | undefined>
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
    usage:
      'workspace create NAME [--time-zone Z] [--country C] [--currency C] | workspace set NAME [--name NEW] [--time-zone Z] [--country C] [--currency C] [--credit-value V] [--link-domain D|none] [--sender S|none] [--who-may-send editor|admin|owner] [--max-parts N] [--frequency 24h|3d|none]',
    does: 'makes a workspace, or changes its settings and says what follows',
    flags: {
      name: string,
      'time-zone': string,
      country: string,
      currency: string,
      'credit-value': string,
      'link-domain': string,
      sender: string,
      'who-may-send': string,
      'max-parts': string,
      frequency: string,
    },
    at: async (place, words) => (await import('./cli/set-up.ts')).runWorkspace(place, words),
  },
  import: {
    usage:
      'import FILE --workspace W [--map phone=Mobil,external_key=Kundnr,…] [--suggest] [--country SE] [--key phone|external_key|email] [--consent-yes WORD,… --consent-no WORD,…] [--topic Offers] [--mode both|create|update] [--sheet NAME] [--encoding windows-1250] [--header-line 4]',
    does: 'imports profiles from a list: XLSX, CSV or vCard',
    flags: {
      workspace: string,
      country: string,
      map: string,
      topic: string,
      mode: string,
      rejected: string,
      key: string,
      suggest: boolean,
      'consent-yes': string,
      'consent-no': string,
      encoding: string,
      'header-line': string,
      sheet: string,
    },
    at: async (place, words) => (await import('./cli/import.ts')).runImport(place, words),
  },
  gateway: {
    usage:
      'gateway add ADDRESS --workspace W --name N [--SECRET-file FILE|-] [--binds 1] [--window 100] [--rate 0] [--real] | gateway add --kind KIND --SETTING VALUE … --workspace W --name N | gateway kinds | gateway list [--workspace W] | gateway change NAME --workspace W [--url ADDRESS] [--SETTING VALUE …] [--SECRET] [--SECRET-file FILE|-] [--name NEW] [--binds N] [--window N] [--rate N] | gateway pause NAME --workspace W | gateway resume NAME --workspace W | gateway remove NAME --workspace W --yes',
    does: 'adds a gateway, lists them with the state of their sessions, corrects, pauses, resumes or removes one; kinds lists the settings of each kind, and its ADDRESS (smpp://USER@HOST:PORT)',
    flags: {
      workspace: string,
      name: string,
      kind: string,
      url: string,
      binds: string,
      window: string,
      rate: string,
      real: boolean,
      yes: boolean,
    },
    moreFlags: async () => (await import('./cli/gateway.ts')).settingFlags(),
    at: async (place, words) => (await import('./cli/gateway.ts')).runGateway(place, words),
  },
  segment: {
    usage:
      'segment list --workspace W | segment create NAME FILE.json --workspace W | segment create NAME --from FILE --by phone|email|key|id [--column NAME] [--country SE] [--sheet NAME] [--unmatched FILE|-] --workspace W | segment count NAME|FILE.json --workspace W [--estimate] | segment export NAME --workspace W [--format csv|xlsx|ndjson] --out FILE|-',
    does: 'lists, saves, counts and exports segments; --from makes a frozen one of a list (CSV, XLSX, vCard)',
    flags: {
      workspace: string,
      estimate: boolean,
      format: string,
      out: string,
      from: string,
      by: string,
      column: string,
      country: string,
      sheet: string,
      unmatched: string,
    },
    at: async (place, words) => (await import('./cli/segment.ts')).runSegment(place, words),
  },
  tag: {
    usage:
      'tag add --segment NAME --tag TAG[,TAG…] --workspace W | tag remove --segment NAME --tag TAG[,TAG…] --workspace W | tag undo ID --workspace W',
    does: 'adds tags to everybody in a segment, or removes them, and prints the id that undoes it within 30 days',
    flags: { workspace: string, segment: string, tag: string },
    at: async (place, words) => (await import('./cli/tag.ts')).runTag(place, words),
  },
  send: {
    usage:
      'send --workspace W --gateway N --topic T --name NAME --sender S --text-file F [--segment NAME] [--exclude NAME] [--frozen] [--frequency 24h|3d|none] [--remind-after 2d|36h [--remind-text-file F]] [--quiet-hours] [--wait]',
    does: 'sends an activity at once',
    flags: {
      workspace: string,
      gateway: string,
      topic: string,
      name: string,
      sender: string,
      'text-file': string,
      segment: string,
      exclude: string,
      frozen: boolean,
      frequency: string,
      'remind-after': string,
      'remind-text-file': string,
      'quiet-hours': boolean,
      wait: boolean,
    },
    sends: true,
    at: async (place, words) => (await import('./cli/send.ts')).runSend(place, words),
  },
  reminder: {
    usage: 'reminder plan ACTIVITY --after 2d|36h [--text-file F] [--keep] | reminder remove ACTIVITY',
    does: 'plans the reminder to those who get an activity and do not click, or removes it',
    flags: { after: string, 'text-file': string, keep: boolean },
    at: async (place, words) => (await import('./cli/reminder.ts')).runReminder(place, words),
  },
  report: {
    usage: 'report ACTIVITY',
    does: 'prints the report of an activity',
    at: async (place, words) => (await import('./cli/report.ts')).runReport(place, words),
  },
  export: {
    usage:
      'export ACTIVITY TAB [--format csv|xlsx|ndjson] [--separator comma|semicolon|tab] [--sep-line] [--search TEXT] [--link ID] [--bounce KIND] [--reason REASON] [--sort name] --out FILE|-',
    does: 'writes all profiles of a tab: sent, delivered, clicks, bounced, unsubscribed, not-sent',
    flags: {
      format: string,
      separator: string,
      'sep-line': boolean,
      search: string,
      link: string,
      bounce: string,
      reason: string,
      sort: string,
      out: string,
    },
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
  'opt-out': {
    usage: 'opt-out NUMBER --workspace W --how TEXT [--topic T] [--asked WHO]',
    does: 'opts a number out by hand, of a topic or of everything, with the evidence of how and who',
    flags: { workspace: string, topic: string, how: string, asked: string },
    at: async (place, words) => (await import('./cli/profiles.ts')).runOptOut(place, words),
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
    at: async (place, words) => (await import('./cli/set-up.ts')).runApiKey(place, words),
  },
  'sign-in-link': {
    usage: 'sign-in-link [--email ADDRESS]',
    does: 'prints a one-time link to sign in',
    flags: { email: string },
    at: async (place, words) => (await import('./cli/set-up.ts')).runSignInLink(place, words),
  },
  account: {
    usage: 'account sign-out ADDRESS|ID | account close ADDRESS|ID',
    does: 'ends all sessions of an account and its unused sign-in links; close also takes it out of every workspace',
    at: async (place, words) => (await import('./cli/set-up.ts')).runAccount(place, words),
  },
  'release-sending': {
    usage: 'release-sending',
    does: 'lets a restored or moved database send again',
    at: async place => (await import('./cli/set-up.ts')).runReleaseSending(place),
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

function readWords(name: string, verb: Verb, argv: string[]): CommandWords {
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
