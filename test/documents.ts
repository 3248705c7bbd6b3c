/**
 * The pages of docs/ that are generated from tables of the code, so that they always agree with it: the meaning of each error, each
 * figure and each code of a gateway. `npx vitest run test/documents.test.ts --update` writes them again.
 */
import { notSentReasons } from '../core/audience/not-sent-reasons.ts'
import { clickReasons } from '../core/clicks/click-reasons.ts'
import { devices, doubleTapMs } from '../core/clicks/count-clicks.ts'
import { crowds } from '../core/clicks/crowd.ts'
import { allAtOnceMs, tooSoonMs, walkMs } from '../core/clicks/message.ts'
import type { CodeRow } from '../core/gateways/code.ts'
import { messageStates } from '../core/gateways/dlr.ts'
import { gsmErrors } from '../core/gateways/gsm.ts'
import { homingCodes } from '../core/gateways/homing.ts'
import { commandStatuses, commandStatusRanges } from '../core/gateways/smpp.ts'
import { vonageErrors } from '../core/gateways/vonage.ts'
import { problems } from '../core/problems.ts'
import { figure, figures, tooltipOf } from '../core/report/figures.ts'
import { columnsOf, tabs } from '../core/report/tabs.ts'
import type { ColumnKind } from '../server/files/listing.ts'
import { cellLimit, sheetLimits } from '../server/files/xlsx-out.ts'
import { BYTES_PER_SECOND, READER_MS } from '../server/platform/http/stalled-response.ts'
import { exportedColumns } from '../server/report/export-activities.ts'
import { exportColumns } from '../server/report/export-columns.ts'
import { exportLimits } from '../server/report/export-limits.ts'
import { memberColumns } from '../server/segments/export-segment.ts'

const made = (from: string) =>
  `<!-- Generated from ${from} by test/documents.test.ts (--update). Do not edit by hand. -->`

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(cell => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

export function problemsPage(): string {
  const rows = Object.entries(problems)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([code, { status, title, fix }]) => [`\`${code}\``, String(status), title, fix])
  return `# What can go wrong, and how to fix it

${made('`core/problems.ts`')}

Every error that a person or a client may see has a code that never changes its meaning. Over HTTP it is sent as
\`application/problem+json\` with \`code\`, \`title\`, \`detail\` and \`status\`. On the command line the two sentences are written to
stderr and the exit code is 1. In a file of rejected rows they are the reason. Homing fills in the words in braces.

${table(['code', 'HTTP', 'what happened', 'how to fix it'], rows)}
`
}

export function reportPage(): string {
  const figureRows = figures.map(({ key, label, denominator, rateLabel, tallies }) => [
    label,
    `\`${key}\``,
    tooltipOf(key, 'sms'),
    denominator === null ? '–' : `${rateLabel}: ${label} / ${figure(denominator).label}`,
    tallies.map(tally => `\`${tally}\``).join(' + '),
  ])
  const tabRows = tabs.map(tab => [
    tab.label,
    `\`${tab.key}\``,
    figure(tab.figure).label,
    tab.order === 'keys' ? 'as sent' : 'newest first',
    columnsOf(tab, 'sms')
      .map(column => column.label)
      .join(', '),
  ])
  return `# The report: what each figure means

${made('`core/report/figures.ts`, `core/report/tabs.ts` and `core/audience/not-sent-reasons.ts`')}

A figure is defined once. The report, its tooltips, the lists, the exports, the API and \`homing verify\` read the same table.

These equations always hold: **Targeted = Not sent + Queued + Sent**, and **Sent = Delivered + Bounced + Pending**. A rate with the denominator 0 is
shown as "–". SMS has no opens: a figure that some tools call opened is, at best, clicked.

${table(['figure', 'in API and CLI', 'what it counts', 'rate', 'the sum of these tallies'], figureRows)}

**Completeness** is the share of messages in a final state: (Not sent + Delivered + Hard + Soft, final + those without a receipt
after 72 hours) / Targeted; 1 if nobody was targeted.

## Lists and exports

A tab lists the profiles of one figure, one row per profile, 25 per page. An export has the rows that the page shows: all of
the figure, or those of its search and filters.

${table(['tab', 'in API and CLI', 'rows', 'order', 'columns'], tabRows)}

The columns and formats of an export: [docs/exports.md](exports.md).

## Not sent, and why

The first reason that applies, in this order, is stored. A message that was not sent costs nothing.

${table(
  ['reason', 'in API and exports', 'what it means'],
  notSentReasons('sms').map(({ key, label, sentence }) => [label, `\`${key}\``, sentence]),
)}
`
}

export function clicksPage(): string {
  const seconds = (ms: number) => `${ms / 1000} s`
  return `# Clicks: person or program

${made('`core/clicks/`')}

Every visit through a short link is kept, with a verdict: **human**, **suspect** or **bot**. The report counts the human ones. The
switch "Show suspected bots" in its tab Clicks shows the others, with the reason. Homing blocks nobody: a bot is redirected like
anybody else, because a scanner that is refused reports the domain. Only the unsubscribe link requires a press on a button.

## The rules

The first rule that applies is the reason. Rules about a single visit come first, then rules about several visits.

${table(
  ['reason', 'in API and SQL', 'verdict', 'what it means'],
  clickReasons.map(({ key, label, verdict, sentence }) => [label, `\`${key}\``, verdict, sentence]),
)}

- **Known bot**: the library isbot recognises the user agent. \`DNT\`, \`Sec-GPC\` and \`Save-Data\` are a person's own settings and are ignored.
- **Too quick**: within ${seconds(tooSoonMs)} of any attempt to send the message, by the time at which Homing handed it to the gateway.
- **Before delivery** needs a delivered receipt that carries the gateway's dates ("submit date", "done date"): the time between them is
  added to the time of the attempt. A receipt without readable dates may arrive long after the phone received the SMS, so it makes no
  earlier click suspect. Of several receipts the earliest time counts.
- **All links at once**: every tracked link of a message within ${seconds(allAtOnceMs)}; for a message with a single link, that link and the unsubscribe link.
- **All links in order**: in a message with several links, one visitor (address and user agent) opens all in the order of the text, and the
  unsubscribe link, within ${seconds(walkMs)}.
- **Many profiles from one address**: carriers, offices and families put many people behind one address, so the number alone proves nothing. Homing counts only
  visits with other evidence of a program: the visit comes from a data centre, headers that every browser sends are missing
  (\`Accept-Language\`, \`Accept-Encoding\`), or the same visitor opened the unsubscribe link of the same message within ${seconds(walkMs)}. When such
  visits reach ${crowds.map(({ profiles, ms }) => `${profiles} profiles within ${seconds(ms)}`).join(' or ')}, all of them become suspect, including the earlier ones. Only a program
  opens this many links: six people who opt out together are no crowd. A visit that only shares the address never becomes suspect.

The visit is kept for every method of a request. \`HEAD\` is redirected like \`GET\`. Any other method (\`OPTIONS\`, \`POST\` …) is answered 405, and is a
bot by **Looked without opening**. The rules about several visits therefore see what a scanner does before or after its \`GET\`.

Visits to the page behind the unsubscribe link are kept as evidence (\`opt_out_views\`). They never count as a click, and opening the page
changes nothing.

## Verdicts are revised

A verdict is a function of the known facts: the visits of the message, its attempts and receipts, and the visits from the same
address. Their order, and whether they arrived twice, make no difference. When a later visit or a late receipt adds information, the apply lane
recomputes the verdicts of the affected clicks. Figures, charts, lists and first click change in the same transaction. More visits
only change more clicks from human to suspect. A receipt may also change one back. \`homing verify\` judges every click again.

Homing stores of a click: method, user agent, the headers above, a salted hash of the address (never the address itself), its class,
and two verdicts, that of the single visit and the final one. It stores at most 1,000 clicks per message. Per link, each web process stores the
first 20 visits, at most 20 more within 10 s, and then the first of each further visitor (address and user agent), up to 20. Every visit is redirected, and a
person's clicks within 10 s count once anyway. A program that opens one link thousands of times therefore appears as some visits, not as thousands. Per address, the
rules examine at most 5,000 visits with evidence of a program around a minute.

When an upgrade changes the rules, old clicks are judged again in the background, from the stored data: [operate.md](operate.md#upgrades).
Missing data counts in favour of a person. Rules that need headers do not apply to clicks from versions that stored no headers. Rules about method and
user agent do apply. Devices are computed from the user agent. Verdicts of erased people do not change. Visits to the opt-out page that earlier versions did not store are not considered.

## What counts

A human click counts, unless the same profile opened the same link less than ${seconds(doubleTapMs)} earlier: that is a double tap. **Unique** counts
profiles with at least one click. A click on a forwarded link counts for the profile that received the link.

Each click keeps whether it counts (\`clicks.counts\` in SQL), so a segment that counts clicks, such as "clicked at least 3 times", counts the same ones as the report:
a double tap is one click. A verdict that is revised later changes both.

Devices, from the user agent: ${devices.map(({ key, label }) => `${label} (\`${key}\`)`).join(', ')}. An iPad that asks for desktop pages calls itself a Mac and counts as a computer.

## Data centres and bot networks

Homing ships no list of networks, because such lists are outdated within weeks. \`HOMING_NETWORKS\` names a file with one network per line. Clicks from these networks are
suspect, or bot if the word \`bots\` follows the network. The file is read when the web process starts. The class is stored with each click.

\`\`\`
# our mail gateway, and a cloud
203.0.113.0/24
2001:db8::/32
198.51.100.0/24 bots
\`\`\`
`
}

const kinds: Readonly<Record<ColumnKind, string>> = {
  text: 'text',
  plain: 'text',
  number: 'number',
  decimal: 'decimal, four places',
  time: 'time',
}

export function exportsPage(): string {
  const columns = exportColumns(tabs[0]!, { channel: 'sms', frozenAt: null, simulated: false, codes: [] }).map(
    ({ name, kind, what }) => [`\`${name}\``, kinds[kind], what],
  )
  const grouped = (n: number) => new Intl.NumberFormat('en-GB').format(n)
  const readerSeconds = READER_MS / 1000
  const { each, workspace, all } = exportLimits
  const least = BYTES_PER_SECOND / 1000
  return `# Exports: columns and formats

${made('`server/report/export-columns.ts`, `server/report/export-activities.ts`, `server/segments/export-segment.ts` and `server/files/xlsx-out.ts`')}

An export has one row for each profile of its tab, as many as the figure says, in the order of the list on the page. It takes the filters of the
list: a search, a link, a kind of bounce, a reason, the order by name. The columns are the same for every tab and every format. They are never renamed or
moved. New columns are only added at the end.

${table(['column', 'kind', 'content'], columns)}

## The list of SMS

Choose Export on the start page for a file with one row per SMS, or \`GET …/activities/export?format=csv|xlsx|ndjson\` with the parameters of the list
(\`tab\`, \`search\`, \`state\`, \`from\`, \`to\`, \`sort\`). Columns are never renamed or moved here either.

${table(
  ['column', 'kind', 'content'],
  exportedColumns.map(({ name, kind, what }) => [`\`${name}\``, kind, what]),
)}

## A segment

Choose Export on the page of a segment for a file with one row per profile that is in it now, or \`GET …/segments/ID/export?format=csv|xlsx|ndjson\`. On the
command line: \`homing segment export NAME --workspace W --format csv --out FILE\`.

${table(
  ['column', 'kind', 'content'],
  memberColumns.map(({ name, kind, what }) => [`\`${name}\``, kinds[kind], what]),
)}

## The formats

| | CSV | XLSX | NDJSON |
| --- | --- | --- | --- |
| intended for | any spreadsheet, databases | Excel, LibreOffice | programs |
| layout | UTF-8 with BOM, comma (or semicolon, or tab), line feed, a header row | a bold header that stays visible | UTF-8, one JSON object per line |
| text | a ' precedes text that a spreadsheet would run: = + - @, a tab or a line break at the beginning, and the same after a ; \\| , tab or line break in the middle, where a program with another separator begins a cell. Numbers are not changed. An import removes the ' again | typed as text: never a formula, + and leading zeros are kept | unchanged |
| number | digits | number | number |
| decimal | digits | number | text, so that every digit is kept |
| time | RFC 3339 in the workspace's zone with its offset, to the second: \`2026-11-01 13:00:00+01:00\` | a date-time on the clock of the workspace's zone; its format shows the offset | the same with a \`T\`: \`2026-11-01T13:00:00+01:00\` |
| empty | nothing | no cell | null |

In XLSX:

- A sheet holds ${grouped(sheetLimits.rows)} rows, including the header. Further rows are in another sheet ("Sent", "Sent 2"), with its own header.
- A cell holds ${grouped(cellLimit)} characters. A longer text is cut and ends in "…". CSV and NDJSON contain the whole text.
- Characters that XML forbids are written in Excel's own notation (\`_x0007_\`).
- A time is shown as 2026-11-01 13:00:00 +01:00: the date-time is the local time, for sorting and calculations, and the offset is part of its number format. Two
  times in the repeated hour in autumn differ only by their offset.

## How to export

On the page: choose Export, at the top right of each tab. Over the API: \`GET …/activities/ID/export/TAB?format=csv|xlsx|ndjson\`, with the
parameters of the list (\`search\`, \`sort\`, \`link\`, \`bounce\`, \`reason\`). On the command line: \`homing export ACTIVITY TAB --format xlsx --out FILE\`.

Excel uses the list separator of its country. If that is a semicolon (all countries with a decimal comma), a CSV with commas opens in one column.
Add \`separator=semicolon\` (or \`tab\`), on the command line \`--separator semicolon\`. With \`sepLine=true\` (\`--sep-line\`) the file begins with
\`sep=;\`, which Excel follows in every country. Other programs show that line, and some versions of Excel then read the file as Windows-1252.

Homing writes the file while it reads the rows, with the same memory at any size. It reads lists in the order of sending in sixteen parts, each as it is when
its reading begins. It reads other lists as they are at the beginning.

To follow an export and be able to cancel it, announce it: \`POST …/activities/ID/exports\` with \`{"tab":"sent","format":"xlsx"}\` gives its id; download
\`…/export/sent?format=xlsx&export=ID\` within a minute; \`GET …/exports/ID\` returns the rows written and the rows expected, and \`POST …/exports/ID/cancel\` cancels it. The
response of an export that is cancelled, cut off or fails ends without the last chunk: a browser shows a failed download, and \`curl\` ends with
code 18. A completed file is whole.

A person or a key can run ${each} exports at the same time, a workspace ${workspace} and a process ${all}. Homing never cuts off a reader that takes at least
${least} kB/s. It cuts off a reader that takes less, or nothing for ${readerSeconds} s (a paused download, a computer that fell asleep), so that others can
export. When a key is revoked or a member is removed, their download ends within seconds. The person or key that requested an export
can cancel it, and so can an admin.
`
}

export function codesPage(): string {
  const yes = (counts: boolean) => (counts ? 'yes' : '')
  const rows = (of: readonly CodeRow[]) =>
    table(
      ['code', 'name', 'class', 'is about', 'counts against the number', 'shown as', 'what to do'],
      of.map(row => [`\`${row.code}\``, row.name, row.class, row.scope, yes(row.counts), row.words, row.fix]),
    )
  return `# What the codes of a gateway mean

${made('`core/gateways/`')}

A code gives the reason that a gateway, a network or Homing itself reports for one message. It begins with a prefix, wherever it is stored, shown, exported or
returned by the API:

${table(
  ['prefix', 'followed by', 'meaning'],
  [
    [
      '`smpp:`',
      'the number in lower case hexadecimal, at least two digits',
      'the command_status with which an SMPP gateway answered a submit',
    ],
    [
      '`dlr:`',
      'the stat word in lower case; `/` and the number of `err` where no table explains it',
      'the state in a delivery receipt',
    ],
    ['`gsm:`', 'the number', 'the reason of a GSM network, in a receipt'],
    ['`vonage:`', 'the number', 'the reason of Vonage, in a receipt'],
    [
      '`homing:`',
      'a word',
      "Homing's own: no code of the gateway came. For a message that was dropped it is the reason why it was not sent",
    ],
  ],
)}

Other protocols get prefixes of their own. A code in no table has the class \`unknown_code\`: it is shown as it arrived, and proves nothing.

Classes: **accepted** the gateway has it; **pending** nothing is decided yet; **delivered**; **soft** temporary, sent again by the hourly rule; **hard** not
sent again; **throttle** slow down, which is not an attempt; **fault** of the gateway or of Homing, never a bounce of the recipient; **dropped** withdrawn
before it was submitted. Three hard bounces that count against the number, without a delivery in between, close it.

## command_status (the answer to a submit)

${rows(commandStatuses)}

Codes without a row are soft, because an unknown code proves nothing against a number: ${commandStatusRanges
    .map(({ from, to, name }) => `0x${from.toString(16)}–0x${to.toString(16)} ${name}`)
    .join(', ')}.

## stat and message_state (the receipt)

${table(
  ['state', 'code', 'class', 'shown as'],
  messageStates.map(row => [String(row.state), `\`${row.code}\``, row.class, row.words]),
)}

A word in no table is pending: nothing is sent again because of it. A receipt that names no state has the code \`dlr:none\`.

## err, where its meaning is known

\`err\` has no common meaning between gateways. It is read only if the receipt says that it is a GSM error, or if the
gateway is known to be Vonage. It then refines UNDELIV, DELETED and REJECTD, and is the code.

### GSM MAP

${rows(gsmErrors)}

### Vonage

${rows(vonageErrors)}

## Homing

${rows(homingCodes)}
`
}

interface Operation {
  'x-role': string
  summary: string
  security: Record<string, unknown>[]
}

/** `document`: the OpenAPI document. */
export function rolesPage(document: object): string {
  const { paths } = document as { paths: Record<string, Record<string, Operation>> }
  const rows = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      ...operation,
      address: `\`${method.toUpperCase()} ${path.replace('/api/v1/workspaces/{w}', '…')}\``,
    })),
  )
  const groups = [
    ['public', 'Anybody', 'No session and no key is needed.'],
    ['signed_in', 'Anybody who is signed in', 'A person, or an API key if the table says so.'],
    ['viewer', 'Viewer', 'And editor, admin and owner.'],
    ['editor', 'Editor', 'And admin and owner.'],
    ['admin', 'Admin', 'And owner.'],
    ['owner', 'Owner', 'Of the workspace.'],
    ['installation_owner', 'The owner of the installation', 'The person who opened the first sign-in link.'],
  ] as const
  const section = ([role, title, sentence]: (typeof groups)[number]) => {
    const own = rows.filter(row => row['x-role'] === role)
    if (own.length === 0) return ''
    const keys = (row: (typeof own)[number]) => (row.security.some(scheme => 'apiKey' in scheme) ? 'yes' : '–')
    return `
## ${title}

${sentence}

${table(
  ['operation', 'by API key', 'what it does'],
  own.map(row => [row.address, keys(row), row.summary]),
)}
`
  }
  return `# Who may call what

${made('the OpenAPI document (`/api/v1/openapi.json`)')}

For each operation of the API, this page names the least role that may call it (\`x-role\` in the document). \`…\` is \`/api/v1/workspaces/{w}\`. An API
key has one workspace and one role. A request for a workspace gets the same answer as for one that does not exist when the caller is not a member. The same applies to
everything in that workspace.
${groups.map(section).join('')}`
}
