/** The verbs that read: report, export, verify. The same functions as the pages and the API. */

import type { Writable } from 'node:stream'
import { notSentReason } from '../../core/audience/not-sent-reasons.ts'
import { plainDecimal } from '../../core/money.ts'
import { problem } from '../../core/problems.ts'
import { figure, figures, rateOf } from '../../core/report/figures.ts'
import { bounceKindNames, tabs } from '../../core/report/tabs.ts'
import { csvSeparatorNames, separatorNamed, usualCsv } from '../files/csv-style.ts'
import { formatKeys, formatOf } from '../files/write-listing.ts'
import { isVisible } from '../messages/visible.ts'
import type { Db } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import { exportTab } from '../report/export-tab.ts'
import { filtersIn, type ListFilters } from '../report/list-filters.ts'
import { getReport, type Report } from '../report/overview.ts'
import { verify } from '../verify/verify.ts'
import type { CommandWords } from './arguments.ts'
import type { CliContext } from './context.ts'
import { writeOut } from './output.ts'
import { printAnswer } from './set-up.ts'

export async function runReport({ db, clock }: CliContext, words: CommandWords): Promise<undefined> {
  const { id, workspaceId } = await activityOf(db, words.positionals[0], 'report ACTIVITY [--json]')
  const report = await getReport(db, workspaceId, id, clock.now())
  if (report === undefined) throw problem('not_found', { what: 'activity' })
  printAnswer(words, report, inLines(report))
}

const exportUsage =
  'export ACTIVITY TAB [--format csv|xlsx|ndjson] [--separator comma|semicolon|tab] [--sep-line] [--search TEXT] [--link ID] [--bounce KIND] [--reason REASON] [--sort name] --out FILE|-'

export async function runExport({ db, clock }: CliContext, words: CommandWords): Promise<number> {
  const [activity, tab = ''] = words.positionals
  const asked = words.text('format') ?? 'csv'
  const format = formatOf(asked)
  if (format === undefined)
    throw problem('cli_usage', { what: `There is no format "${asked}": ${formatKeys.join(', ')}`, usage: exportUsage })
  if (!tabs.some(({ key }) => key === tab))
    throw problem('cli_usage', {
      what: tab === '' ? 'The tab is missing' : `There is no tab "${tab}": ${tabs.map(({ key }) => key).join(', ')}`,
      usage: exportUsage,
    })
  const wanted = words.text('separator') ?? usualCsv.separator
  const separator = separatorNamed(wanted)
  if (separator === undefined)
    throw problem('cli_usage', {
      what: `There is no separator "${wanted}": ${csvSeparatorNames.join(', ')}`,
      usage: exportUsage,
    })
  const csv = { separator, sepLine: words.on('sep-line') }
  const filters = filtersOf(words)
  const file = words.needed('out')
  const { id, workspaceId } = await activityOf(db, activity, exportUsage)
  const write = (out: Writable) =>
    exportTab(db, { workspaceId, activityId: id, tab, ...filters }, format, out, clock.now(), { csv })
  return writeOut(words, file, write)
}

/** As in the query of the API. Throws cli_usage. */
function filtersOf(words: CommandWords): ListFilters {
  const wrong = (what: string) => problem('cli_usage', { what, usage: exportUsage })
  const link = words.text('link')
  if (link !== undefined && !/^\d{1,15}$/.test(link)) throw wrong(`--link is no id of a link: ${link}`)
  const bounce = words.text('bounce')
  const kind = bounceKindNames.find(name => name === bounce)
  if (bounce !== undefined && kind === undefined)
    throw wrong(`There is no kind of bounce "${bounce}": ${bounceKindNames.join(', ')}`)
  const sort = words.text('sort')
  if (sort !== undefined && sort !== 'name') throw wrong(`There is no order "${sort}": name`)
  return filtersIn({
    link: link === undefined ? undefined : Number(link),
    search: words.text('search'),
    bounce: kind,
    reason: words.text('reason'),
    sort,
  })
}

export async function runVerify({ db }: CliContext, words: CommandWords): Promise<number> {
  const asked = words.positionals[0]
  const activityId = asked === undefined ? undefined : (await activityOf(db, asked, 'verify [ACTIVITY] [--json]')).id
  const verified = await verify(db, { activityId })
  const lines = verified.differences.map(
    ({ what, stored, computed }) => `${what}: stored ${stored}, computed ${computed}`,
  )
  lines.push(`${verified.checked} messages checked, ${verified.differences.length} differences`)
  if (verified.toJudge > 0) lines.push(`${verified.toJudge} messages are still to be judged by the rules of today`)
  printAnswer(words, verified, lines.join('\n'))
  return verified.differences.length === 0 ? 0 : 1
}

export async function activityOf(
  db: Db,
  text: string | undefined,
  usage: string,
): Promise<{ id: number; workspaceId: number }> {
  if (text === undefined) throw problem('cli_usage', { what: 'The id of the activity is missing', usage })
  const id = /^\d{1,15}$/.test(text) ? Number(text) : 0
  const [activity] = await db.query<{ workspaceId: number }>(
    sql`select a.workspace_id as "workspaceId" from activities a where a.id = ${id} and ${isVisible}`,
  )
  if (activity === undefined) throw problem('not_found', { what: `activity ${text}` })
  return { id, workspaceId: activity.workspaceId }
}

function inLines(report: Report): string {
  const lines = figures.map(({ key, label, denominator, counts }) => {
    const rate = rateOf(key, report.figures)
    // As on the page: clicks are no share of people, and Bounced is made of what is indented under it.
    const words = (base: string, n: number) =>
      'clicks' in counts ? `${n.toFixed(2)} per ${base}` : `${(n * 100).toFixed(1)}% of ${base}`
    const share = rate === null || denominator === null ? '' : `  ${words(figure(denominator).label, rate)}`
    const shown = key !== 'bounced' && key.startsWith('bounced') ? `  ${label}` : label
    return `${shown.padEnd(18)}${String(report.figures[key]).padStart(10)}${share}`
  })
  const reasons = Object.entries(report.notSentReasons).map(
    ([reason, n]) =>
      `  ${(notSentReason(reason, report.channel)?.label ?? reason).padEnd(16)}${String(n).padStart(10)}`,
  )
  const links = report.links.map(
    ({ id, url, clicks, unique }) => `Link ${id}  ${url}  ${clicks} clicks, ${unique} unique`,
  )
  return [
    `${report.name} (${report.state}), as of ${report.asOf}, ${Math.floor(report.completeness * 100)}% complete`,
    ...lines.slice(0, 2),
    ...reasons,
    ...lines.slice(2),
    `${'Credits'.padEnd(18)}${plainDecimal(report.credits.charged).padStart(10)}  ${plainDecimal(report.credits.reserved)} reserved`,
    ...links,
  ].join('\n')
}
