/**
 * Changes the settings of a workspace. Each change is in the audit, with the earlier value. What is frozen (versions of activities, short links
 * that were sent) keeps the settings of its time: core/workspace-settings.ts says what follows from a change.
 */
import { problem } from '../../core/problems.ts'
import { checkSettings, type SettingName, settingNames, type WorkspaceSettings } from '../../core/workspace-settings.ts'
import type { Database, Db } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import { readInstallation } from '../platform/installation/installation.ts'
import { checkLeadsHere, readLinkDomain } from '../platform/link-domain.ts'
import { makeReach, type ReachCheck } from '../platform/reach.ts'
import { audit } from './audit.ts'
import { mayAct, type Role } from './roles.ts'
import { checkCountry, checkName, getWorkspace, uniquely, type Workspace, workspaceColumns } from './workspaces.ts'

export type SettingsChange = { readonly [Name in SettingName]?: WorkspaceSettings[Name] | undefined }

export interface SettingsActor {
  actor: string
  /** the owner's, on the command line */
  role: Role
  /** what pages and short links of the installation begin with */
  url: string
  linkUrl: string
  /** default: no private address */
  reach?: ReachCheck | undefined
}

/**
 * Changes what is given. Throws not_found, name_taken, name_empty, zone_unknown, country_unknown, currency_unknown, sender_invalid, invalid_input,
 * forbidden (who may send), link_domain_invalid, link_domain_elsewhere, link_domain_taken.
 */
export async function changeWorkspace(
  db: Database,
  workspaceId: number,
  given: SettingsChange,
  by: SettingsActor,
  now: Date,
): Promise<Workspace> {
  checkSettings(given)
  const before = await getWorkspace(db, workspaceId)
  if (before === undefined) throw problem('not_found', { what: 'workspace' })
  const change = { ...given, ...(await checked(db, before, given, by)) }
  return uniquely(change.name ?? '', () =>
    db.tx(async tx => {
      const [locked] = await tx.query<Workspace>(
        sql`select ${workspaceColumns} from workspaces w where w.id = ${workspaceId} for no key update`,
      )
      if (locked === undefined) throw problem('not_found', { what: 'workspace' })
      const { sendRole } = change
      // Nobody takes a right from those above them, nor gives themselves one.
      if (
        sendRole !== undefined &&
        sendRole !== locked.sendRole &&
        ![sendRole, locked.sendRole].every(role => mayAct(by.role, role))
      )
        throw problem('forbidden')
      if (change.linkDomain) await claimDomain(tx, workspaceId, change.linkDomain, now)
      const after = { ...locked, ...defined(change) }
      const [workspace] = await tx.query<Workspace>(sql`
        update workspaces w set name = ${after.name}, time_zone = ${after.timeZone}, default_country = ${after.defaultCountry},
          currency = ${after.currency}, credit_value = ${after.creditValue}::numeric, link_domain = ${after.linkDomain},
          default_sender = ${after.defaultSender}, send_role = ${after.sendRole}, max_parts = ${after.maxParts},
          frequency_hours = ${after.frequencyHours}
        where w.id = ${workspaceId} returning ${workspaceColumns}`)
      const details = differences(locked, workspace!)
      const act = { action: 'workspace.change', subject: `workspace ${workspaceId}` }
      if (details !== undefined) await audit(tx, { workspaceId, actor: by.actor, ...act, details }, now)
      return workspace!
    }),
  )
}

/** Name, country, sender and link domain as they are stored. */
async function checked(db: Db, before: Workspace, given: SettingsChange, by: SettingsActor): Promise<SettingsChange> {
  const { name, defaultCountry, linkDomain, defaultSender } = given
  return {
    ...(name !== undefined && { name: checkName(name, 'workspace') }),
    ...(defaultCountry !== undefined && { defaultCountry: checkCountry(defaultCountry) }),
    ...(defaultSender !== undefined && { defaultSender: defaultSender.trim() }),
    ...(linkDomain !== undefined && { linkDomain: await checkDomain(db, before, linkDomain, by) }),
  }
}

/** null: the link domain of the installation. What is unchanged is not asked again. */
async function checkDomain(db: Db, before: Workspace, given: string | null, by: SettingsActor): Promise<string | null> {
  if (given === null || given.trim() === '') return null
  const { url, linkUrl, reach = makeReach([]) } = by
  const domain = readLinkDomain(given, linkUrl)
  if (domain === before.linkDomain) return domain
  const { hostname } = new URL(domain)
  if (domain === linkUrl) return null
  if (hostname === new URL(url).hostname && domain !== new URL(linkUrl).origin)
    throw problem('link_domain_taken', { domain, what: 'the pages' })
  const { linkKeys } = await readInstallation(db)
  await checkLeadsHere({ domain, url, linkUrl, reach, key: linkKeys[1] })
  return domain
}

/** A domain belongs to the first workspace that had it, also later: its short links are in people's phones. */
async function claimDomain(tx: Db, workspaceId: number, domain: string, now: Date): Promise<void> {
  await tx.run(
    sql`insert into link_domains (domain, workspace_id, created_at) values (${domain}, ${workspaceId}, ${now}) on conflict (domain) do nothing`,
  )
  const [owner] = await tx.query<{ workspaceId: number }>(
    sql`select workspace_id as "workspaceId" from link_domains where domain = ${domain}`,
  )
  if (owner?.workspaceId !== workspaceId) throw problem('link_domain_taken', { domain, what: 'another workspace' })
}

function defined(change: SettingsChange): Partial<WorkspaceSettings> {
  const entries = Object.entries(change).filter(([, value]) => value !== undefined)
  return Object.fromEntries(entries)
}

/** For the audit: what is new, and what it was. undefined: nothing differs. */
function differences(before: Workspace, after: Workspace): Record<string, unknown> | undefined {
  const changed = settingNames.filter(name => before[name] !== after[name])
  if (changed.length === 0) return undefined
  const of = (workspace: Workspace) => Object.fromEntries(changed.map(name => [name, workspace[name] ?? 'none']))
  return { ...of(after), was: of(before) }
}
