/** The verbs for one person: what is known of them, and forgetting them. The same functions as the pages and the API. */
import { writeFile } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { problem } from '../../core/problems.ts'
import { audit } from '../access/audit.ts'
import { listTopics } from '../access/topics.ts'
import { readCatalogue, removeUnusedAttribute } from '../attributes/catalogue-list.ts'
import { owners } from '../personal-data-owners.ts'
import type { Db } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import { optOutAddress } from '../profiles/by-hand.ts'
import { forgetProfile } from '../profiles/forget.ts'
import { exportPersonalData } from '../profiles/personal-data.ts'
import { checkPhone, countryOf } from '../profiles/phone-check.ts'
import type { CommandWords } from './arguments.ts'
import type { CliContext } from './context.ts'
import { actor, neededWorkspace, printAnswer } from './set-up.ts'

export async function runKnown({ db, clock }: CliContext, words: CommandWords): Promise<undefined> {
  const { id, workspaceId } = await profileOf(db, words.positionals[0], 'known PROFILE --out FILE|-')
  const file = words.needed('out')
  const pieces = Readable.from(exportPersonalData(db, { workspaceId, profileId: id, now: clock.now() }, owners), {
    objectMode: false,
  })
  await audit(db, { workspaceId, actor, action: 'profile.export', subject: `profile ${id}` }, clock.now())
  if (file === '-') {
    await pipeline(pieces, process.stdout, { end: false })
    return
  }
  try {
    await writeFile(file, pieces, { mode: 0o600 })
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error)) throw error
    throw problem('file_not_written', { file, what: error.message }, { cause: error })
  }
  printAnswer(words, { profileId: id, file }, `All that is known of profile ${id} is in ${file}`)
}

export async function runAttribute({ db, clock }: CliContext, words: CommandWords): Promise<undefined> {
  const [act, name] = words.positionals
  if (act !== 'list' && (act !== 'remove' || name === undefined))
    throw problem('cli_usage', {
      what: 'Say which attribute',
      usage: 'attribute list --workspace W | attribute remove NAME --workspace W',
    })
  const { id: workspaceId } = await neededWorkspace(db, words)
  if (name === undefined || act === 'list') {
    const attributes = await readCatalogue(db, workspaceId)
    const lines = attributes.map(({ name: known, type, profiles, uses, archivedAt }) =>
      [
        `${known}  ${type}`,
        `${profiles} profiles`,
        `used in ${uses}`,
        ...(archivedAt === null ? [] : ['archived']),
      ].join(', '),
    )
    printAnswer(words, attributes, lines.join('\n') || 'No attributes yet.')
    return
  }
  const removed = await removeUnusedAttribute(db, name, { workspaceId, actor, now: clock.now() })
  printAnswer(
    words,
    { name, ...removed },
    `The attribute "${name}" is removed; ${removed.profiles} profiles had a value.`,
  )
}

/** Irreversible: `--yes` is the word that the page asks for by typing. */
export async function runForget({ db, clock, config }: CliContext, words: CommandWords): Promise<undefined> {
  const usage = 'forget PROFILE --yes'
  const { id, workspaceId } = await profileOf(db, words.positionals[0], usage)
  if (!words.on('yes')) throw problem('cli_usage', { what: 'There is no way back: say --yes', usage })
  const erasedAt = await forgetProfile(
    db,
    { workspaceId, profileId: id, actor, now: clock.now(), dataFolder: config.data },
    owners,
  )
  printAnswer(words, { profileId: id, erasedAt: erasedAt.toISOString() }, `Profile ${id} is erased`)
}

async function profileOf(
  db: Db,
  text: string | undefined,
  usage: string,
): Promise<{ id: number; workspaceId: number }> {
  if (text === undefined) throw problem('cli_usage', { what: 'The id of the profile is missing', usage })
  const id = /^\d{1,15}$/.test(text) ? Number(text) : 0
  const [profile] = await db.query<{ workspaceId: number }>(
    sql`select p.workspace_id as "workspaceId" from profiles p where p.bucket = ${id & 255} and p.profile_id = ${id}`,
  )
  if (profile === undefined) throw problem('not_found', { what: `profile ${text}` })
  return { id, workspaceId: profile.workspaceId }
}

const optOutUsage = 'opt-out NUMBER --workspace W --how TEXT [--topic T] [--asked WHO]'

/** A person said so by phone or letter. The number needs no profile: the opt-out holds for all profiles that have it, now or later. */
export async function runOptOut({ db, clock }: CliContext, words: CommandWords): Promise<undefined> {
  const [given] = words.positionals
  if (given === undefined) throw problem('cli_usage', { what: 'The number is missing', usage: optOutUsage })
  const { id: workspaceId, defaultCountry } = await neededWorkspace(db, words)
  const { phone } = checkPhone(given, countryOf(defaultCountry))
  if (phone === null) throw problem('invalid_input', { where: 'NUMBER', what: 'is no valid phone number' })
  const how = words.needed('how').trim()
  if (how === '') throw problem('cli_usage', { what: '--how is empty', usage: optOutUsage })
  const named = words.text('topic')
  const topics = await listTopics(db, workspaceId)
  const topic = topics.find(({ name }) => name === named)
  if (named !== undefined && topic === undefined) {
    const known = topics.map(({ name }) => name).join(', ') || 'none'
    throw problem('topic_missing', { workspace: words.needed('workspace'), topic: named, known })
  }
  const evidence = { how, asked: words.text('asked') ?? null, saidAt: null }
  const address = { workspaceId, channel: 'sms', address: phone } as const
  const topicId = topic?.id ?? null
  await optOutAddress(db, { workspaceId, topicId, channel: 'sms', address, evidence, actor, now: clock.now() })
  printAnswer(words, { phone, topic: named ?? null }, `${phone} is opted out of ${named ?? 'everything'}.`)
}
