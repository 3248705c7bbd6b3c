/** Workspaces (one brand each) and their attributes. */
import type { AttributeType } from '../../core/attributes.ts'
import { countryOfZone, currencyOf } from '../../core/countries.ts'
import { isName, tidyName } from '../../core/names.ts'
import { problem } from '../../core/problems.ts'
import { checkSettings, type WorkspaceSettings } from '../../core/workspace-settings.ts'
import type { Database, Db } from '../platform/db/database.ts'
import { sqlState } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import { audit } from './audit.ts'
import type { Role } from './roles.ts'

export interface Workspace extends WorkspaceSettings {
  id: number
}

export interface Attribute {
  name: string
  type: AttributeType
  /** null: it is shown by its name */
  label: string | null
  /** not offered to be used again */
  archived: boolean
}

export const workspaceColumns = sql`w.id, w.name, w.time_zone as "timeZone", w.default_country as "defaultCountry", w.currency,
  w.credit_value as "creditValue", w.link_domain as "linkDomain", w.default_sender as "defaultSender", w.send_role as "sendRole",
  w.max_parts as "maxParts", w.frequency_hours as "frequencyHours"`
const uniqueViolation = '23505'

export interface NewWorkspace
  extends Partial<Pick<WorkspaceSettings, 'timeZone' | 'defaultCountry' | 'currency' | 'creditValue'>> {
  name: string
  /** the person who becomes its owner; null if the command line creates it */
  owner: string | null
  actor: string
}

/** Where nothing was said. Country and currency follow the time zone. */
const usualZone = 'Europe/Stockholm'

/** Throws name_taken, name_empty, zone_unknown, country_unknown, currency_unknown. */
export async function createWorkspace(db: Database, input: NewWorkspace, now: Date): Promise<Workspace> {
  const name = checkName(input.name, 'workspace')
  const { timeZone = usualZone, owner, actor } = input
  checkSettings(input)
  const country = checkCountry(input.defaultCountry ?? countryOfZone(timeZone) ?? 'SE')
  const currency = input.currency ?? currencyOf(country) ?? 'EUR'
  return uniquely(name, () =>
    db.tx(async tx => {
      const [workspace] = await tx.query<Workspace>(
        sql`insert into workspaces as w (name, time_zone, default_country, currency, credit_value, created_at)
          values (${name}, ${timeZone}, ${country}, ${currency}, ${input.creditValue ?? '1'}::numeric, ${now}) returning ${workspaceColumns}`,
      )
      if (owner !== null)
        await tx.run(
          sql`insert into members (workspace_id, user_id, role, created_at) values (${workspace!.id}, ${owner}, 'owner', ${now})`,
        )
      const act = { action: 'workspace.create', subject: `workspace ${workspace!.id}` }
      await audit(tx, { workspaceId: workspace!.id, actor, ...act }, now)
      return workspace!
    }),
  )
}

/** Throws name_taken where another workspace has the name. */
export async function uniquely<Result>(name: string, write: () => Promise<Result>): Promise<Result> {
  try {
    return await write()
  } catch (error) {
    if (sqlState(error) === uniqueViolation) throw problem('name_taken', { what: 'workspace', name })
    throw error
  }
}

/** ISO 3166 alpha-2, in capitals. Throws country_unknown. */
export function checkCountry(code: string): string {
  const country = code.trim().toUpperCase()
  if (currencyOf(country) === undefined) throw problem('country_unknown', { country: code })
  return country
}

export async function findWorkspace(db: Db, name: string): Promise<Workspace | undefined> {
  const [workspace] = await db.query<Workspace>(
    sql`select ${workspaceColumns} from workspaces w where w.name = ${name.trim()}`,
  )
  return workspace
}

export async function listWorkspaces(db: Db): Promise<Workspace[]> {
  return db.query<Workspace>(sql`select ${workspaceColumns} from workspaces w order by w.name`)
}

/** The workspaces that a person may enter, with their role; the owner of the installation is owner everywhere. */
export async function workspacesOf(db: Db, userId: string): Promise<(Workspace & { role: Role })[]> {
  return db.query<Workspace & { role: Role }>(sql`
    select ${workspaceColumns}, case when u.installation_owner then 'owner' else m.role end as role
    from users u cross join workspaces w left join members m on m.workspace_id = w.id and m.user_id = u.id
    where u.id = ${userId} and (u.installation_owner or m.role is not null)
    order by w.name limit 1000`)
}

/** A workspace, if this person may enter it. */
export async function workspaceOf(
  db: Db,
  userId: string,
  id: number,
): Promise<(Workspace & { role: Role }) | undefined> {
  const [workspace] = await db.query<Workspace & { role: Role }>(
    sql`select ${workspaceColumns}, case when u.installation_owner then 'owner' else m.role end as role
      from users u join workspaces w on w.id = ${id} left join members m on m.workspace_id = w.id and m.user_id = u.id
      where u.id = ${userId} and (u.installation_owner or m.role is not null)`,
    'workspace-of-user',
  )
  return workspace
}

export async function getWorkspace(db: Db, id: number): Promise<Workspace | undefined> {
  const [workspace] = await db.query<Workspace>(
    sql`select ${workspaceColumns} from workspaces w where w.id = ${id}`,
    'workspace-by-id',
  )
  return workspace
}

export async function listAttributes(db: Db, workspaceId: number): Promise<Attribute[]> {
  return db.query<Attribute>(
    sql`select name, type, label, archived_at is not null as archived from attributes where workspace_id = ${workspaceId} order by name limit 2000`,
  )
}

/** The name as stored (core/names.ts); throws name_empty, invalid_input. At most 100 characters. */
export function checkName(given: string, what: string): string {
  const name = tidyName(given)
  if (name === '') throw problem('name_empty', { what })
  if (name.length > 100 || !isName(name))
    throw problem('invalid_input', {
      where: `The name of the ${what}`,
      what: 'must be 1 to 100 characters with something to read in it, and no control characters',
    })
  return name
}
