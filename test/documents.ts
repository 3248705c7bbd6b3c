/**
 * The pages of docs/ that are made from tables of the code, so that they cannot say anything else: what each error means, what
 * each figure means, what each code of a gateway means. `npx vitest run test/documents.test.ts --update` writes them anew.
 */
import { notSentReasons } from '../core/audience/reasons.ts'
import { crowds } from '../core/clicks/crowd.ts'
import { allAtOnceMs, tooSoonMs, walkMs } from '../core/clicks/message.ts'
import { clickReasons } from '../core/clicks/reasons.ts'
import { devices, doubleTapMs } from '../core/clicks/verdict.ts'
import type { CodeRow } from '../core/gateways/code.ts'
import { messageStates } from '../core/gateways/dlr.ts'
import { gsmErrors } from '../core/gateways/gsm.ts'
import { homingCodes } from '../core/gateways/homing.ts'
import { commandStatuses, commandStatusRanges } from '../core/gateways/smpp.ts'
import { vonageErrors } from '../core/gateways/vonage.ts'
import { problems } from '../core/problems.ts'
import { figure, figures } from '../core/report/figures.ts'
import { tabs } from '../core/report/tabs.ts'
import type { ColumnKind } from '../server/files/listing.ts'
import { cellLimit, sheetLimits } from '../server/files/xlsx-out.ts'
import { BYTES_PER_SECOND, READER_MS } from '../server/platform/http/stalled-response.ts'
import { exportColumns } from '../server/report/export-columns.ts'
import { exportLimits } from '../server/report/export-limits.ts'

const made = (from: string) => `<!-- Made from ${from} by test/documents.test.ts (--update). Not edited by hand. -->`

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

Every error that a person or a client may see has a code that never changes its meaning. Over HTTP it comes as
\`application/problem+json\` with \`code\`, \`title\`, \`detail\` and \`status\`; on the command line the two sentences stand on
stderr and the exit code is 1; in a file of rejected rows they are the reason. Words in braces are filled in.

${table(['code', 'HTTP', 'what happened', 'how to fix it'], rows)}
`
}

export function reportPage(): string {
  const figureRows = figures.map(({ key, label, tooltip, denominator, rateLabel, tallies }) => [
    label,
    `\`${key}\``,
    tooltip,
    denominator === null ? '–' : `${rateLabel}: ${label} / ${figure(denominator).label}`,
    tallies.map(tally => `\`${tally}\``).join(' + '),
  ])
  const tabRows = tabs.map(({ label, key, figure: of, order, columns }) => [
    label,
    `\`${key}\``,
    figure(of).label,
    order === 'keys' ? 'as sent' : 'newest first',
    columns.map(column => column.label).join(', '),
  ])
  return `# The report: what each figure means

${made('`core/report/figures.ts`, `core/report/tabs.ts` and `core/audience/reasons.ts`')}

A figure is defined once. The report, its tooltips, the lists, the exports, the API and \`homing verify\` read the same table.

Always: **Targeted = Not sent + Queued + Sent**, and **Sent = Delivered + Bounced + Pending**. A rate whose denominator is 0 is
shown as "–". SMS has no opens: what some tools call opened is, at best, clicked.

${table(['figure', 'in API and CLI', 'what it counts', 'rate', 'the sum of these tallies'], figureRows)}

**Completeness** is the share of messages in a final state: (Not sent + Delivered + Hard + Soft, final + those without a receipt
after 72 hours) / Targeted; 1 where nobody was targeted.

## Lists and exports

A tab lists the profiles of one figure, one row a profile, 25 a page; an export of it has as many rows as the figure says.

${table(['tab', 'in API and CLI', 'rows', 'order', 'columns'], tabRows)}

The columns and formats of an export: [docs/exports.md](exports.md).

## Not sent, and why

The first reason that holds, in this order, is the one that is kept. A message that was not sent costs nothing.

${table(
  ['reason', 'in API and exports', 'what it means'],
  notSentReasons.map(({ key, label, sentence }) => [label, `\`${key}\``, sentence]),
)}
`
}

export function clicksPage(): string {
  const seconds = (ms: number) => `${ms / 1000} s`
  return `# Clicks: who was a person

${made('`core/clicks/`')}

Every visit through a short link is kept, with a verdict: **human**, **suspect** or **bot**. The report counts the human ones; the
switch "Show suspected bots" in its tab Clicks shows the others, with the reason. Nobody is ever blocked: a bot is led on like
anybody, because a scanner that meets a closed door reports the domain. Only the unsubscribe link asks for a press on a button.

## The rules

The first that holds is the reason. What one visit tells by itself comes first, then what several show together.

${table(
  ['reason', 'in API and SQL', 'verdict', 'what it means'],
  clickReasons.map(({ key, label, verdict, sentence }) => [label, `\`${key}\``, verdict, sentence]),
)}

- **Known bot** is what the library isbot knows by its user agent. \`DNT\`, \`Sec-GPC\` and \`Save-Data\` are a person's own settings and say nothing.
- **Too quick**: within ${seconds(tooSoonMs)} of any attempt to send the message, by the time at which it was handed to the gateway.
- **Before delivery** needs a delivered receipt that carries the gateway's dates ("submit date", "done date"): what lies between them is
  added to the time of the attempt. A receipt without readable dates may arrive long after the phone had the SMS, so that it makes no
  earlier click suspect, however late it comes. Of several receipts the earliest time counts.
- **All links at once**: every tracked link of a message within ${seconds(allAtOnceMs)}; of a message with a single link, that one and the unsubscribe link.
- **All links in order**: in a message with several links, one visitor (address and user agent) opens all in the order of the text, and the
  unsubscribe link, within ${seconds(walkMs)}.
- **Many profiles from one address**: carriers, offices and families put many people behind one address, so the number alone says nothing. Counted are only
  visits with another sign of a program: it comes from a data centre, headers that every browser sends are missing
  (\`Accept-Language\`, \`Accept-Encoding\`), or the same visitor opened the unsubscribe link of the same message within ${seconds(walkMs)}. Where such
  visits reach ${crowds.map(({ profiles, ms }) => `${profiles} profiles within ${seconds(ms)}`).join(' or ')}, all of them are turned, the earlier ones too. So many
  open links only where a program does it: six people who opt out together are no crowd, and who merely shares the address is never turned.

Whatever the method of a request, the visit is kept. \`HEAD\` is led on like \`GET\`; any other (\`OPTIONS\`, \`POST\` …) is answered 405, and is a
bot by **Looked without opening**. So what a scanner does before or after its \`GET\` is there for the rules that look at several visits.

Visits to the page behind the unsubscribe link are kept as evidence (\`opt_out_views\`). They never count as a click, and opening the page
changes nothing.

## Verdicts are revised

A verdict is a function of what is known: of the visits of the message, of its attempts and receipts, and of the visits from the same
address. It never matters in which order these came, or whether they came twice. When a later visit or a late receipt tells more, the verdicts of
the clicks concerned are made again by the apply lane, and figures, charts, lists and first click follow in the same transaction. More visits
only ever turn more clicks from human to suspect; a receipt may also give one back. \`homing verify\` judges every click again.

What is kept of a click: method, user agent, the headers above, a salted hash of the address (never the address itself), its class,
and the two verdicts, by itself and in the end. Of one message at most 1,000 clicks are kept. Of one link each web process keeps the
first 20 visits, at most 20 more within 10 s, and then the first of each further visitor (address and user agent), up to 20: every visit is led on, and a person's clicks
within 10 s count once anyway, but a program that opens one link thousands of times shows as some visits, not as thousands. Of one address, at most 5,000 signed visits around a minute are
looked at.

When an upgrade changes the rules, old clicks are judged again in the background, by what was kept of them: [operate.md](operate.md#upgrades).
What was not kept speaks for the person. Of clicks from before headers were kept, the rules that need them say nothing (method and
user agent do). Devices follow from the user agent. Verdicts of erased people stay as they were. Visits to the opt-out page that no version had kept cannot tell.

## What counts

A human click counts, unless the same profile opened the same link less than ${seconds(doubleTapMs)} before: that is a double tap. **Unique** are
profiles with at least one. A forwarded link counts for the profile that it was sent to.

Devices, from the user agent: ${devices.map(({ key, label }) => `${label} (\`${key}\`)`).join(', ')}. An iPad that asks for desktop pages calls itself a Mac and counts as a computer.

## Data centres and bot networks

Homing ships no list of networks: they are outdated within weeks. \`HOMING_NETWORKS\` names a file with a network a line; clicks from them are suspect, or bot where the
word \`bots\` stands behind it. It is read when the web process starts; the class is kept with each click.

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
  const columns = exportColumns(tabs[0]!, { frozenAt: null, codes: [] }).map(({ name, kind, what }) => [
    `\`${name}\``,
    kinds[kind],
    what,
  ])
  const grouped = (n: number) => new Intl.NumberFormat('en-GB').format(n)
  const readerSeconds = READER_MS / 1000
  const { each, workspace, all } = exportLimits
  const least = BYTES_PER_SECOND / 1000
  return `# Exports: what stands in the file

${made('`server/report/export-columns.ts` and `server/files/xlsx-out.ts`')}

An export has one row for each profile of its tab, as many as the figure says, in the order of the list on the page. Clicks can be narrowed to
one link. The columns are the same for every tab and every format. They are never renamed or moved; new ones are only ever added at the end.

${table(['column', 'kind', 'what it is'], columns)}

## The formats

| | CSV | XLSX | NDJSON |
| --- | --- | --- | --- |
| made for | any spreadsheet, databases | Excel, LibreOffice | programs |
| frame | UTF-8 with BOM, comma (or semicolon, or tab), line feed, a header row | a bold header that stays in sight | UTF-8, one JSON object a line |
| text | a ' stands before what a spreadsheet would run: = + - @, a tab, a line break at the beginning, and those behind a ; \\| , tab or line break in the middle, where a program with another separator begins a cell. Numbers stay as they are. An import takes the ' off again | typed as text: never a formula, + and leading zeros stay | as it is |
| number | digits | number | number |
| decimal | digits | number | text, so that no digit is lost |
| time | RFC 3339 in the workspace's zone with its offset, to the second: \`2026-11-01 13:00:00+01:00\` | a date-time on the clock of the workspace's zone; its format shows the offset | the same with a \`T\`: \`2026-11-01T13:00:00+01:00\` |
| empty | nothing | no cell | null |

In XLSX:

- A sheet holds ${grouped(sheetLimits.rows)} rows, the header among them. What is more goes on in a next sheet ("Sent", "Sent 2"), under a header of its own.
- A cell holds ${grouped(cellLimit)} characters. A longer text is cut and ends in "…"; CSV and NDJSON have it whole.
- Characters that XML forbids are written as Excel itself does (\`_x0007_\`).
- A time is shown as 2026-11-01 13:00:00 +01:00: the date-time is the wall clock, to sort and to reckon with, the offset belongs to its number format. Two
  times in the hour that comes twice in autumn differ by their offset only.

## How it comes

On the page: Export, at the top right of each tab. Over the API \`GET …/activities/ID/export/TAB?format=csv|xlsx|ndjson\`, for Clicks with \`&link=ID\`. On
the command line \`homing export ACTIVITY TAB --format xlsx --out FILE\`.

Excel takes the list separator of its country: where that is a semicolon (all countries with a decimal comma), a CSV with commas opens in one column.
Ask for \`separator=semicolon\` (or \`tab\`), on the command line \`--separator semicolon\`; with \`sepLine=true\` (\`--sep-line\`) the file begins with
\`sep=;\`, which Excel obeys in every country. Other programs show that line, and some versions of Excel then read the file as Windows-1252.

The file is written while it is read, with the same memory at any size. Lists in the order of sending are read in sixteen parts, each as it stood when
its turn came; the others as they stood at the beginning.

To watch an export and be able to cancel it, announce it: \`POST …/activities/ID/exports\` with \`{"tab":"sent","format":"xlsx"}\` gives its id; download
\`…/export/sent?format=xlsx&export=ID\` within a minute; \`GET …/exports/ID\` tells rows written of rows expected, \`POST …/exports/ID/cancel\` breaks it off. An
export that is cancelled, cut off or fails ends its response without the last chunk: a browser shows a failed download, \`curl\` ends with
code 18. A file that came to its end is whole.

At once ${each} files can be on their way for a person or a key, ${workspace} in a workspace and ${all} from a process. A slow reader is not cut off, however long
it takes, while it takes ${least} kB/s; one that takes less, or nothing for ${readerSeconds} s (a download that was paused, a computer that fell asleep), is, so that its
place is free for others. The download of a key that is revoked, or of a member who is removed, is broken off within seconds. An export is
cancelled by whoever asked for it, or by an admin.
`
}

export function codesPage(): string {
  const yes = (counts: boolean) => (counts ? 'yes' : '')
  const rows = (of: readonly CodeRow[]) =>
    table(
      ['code', 'name', 'class', 'is about', 'speaks against the number', 'shown as', 'what to do'],
      of.map(row => [`\`${row.code}\``, row.name, row.class, row.scope, yes(row.counts), row.words, row.fix]),
    )
  return `# What the codes of a gateway mean

${made('`core/gateways/`')}

A code says why: what a gateway, a network or Homing itself says of one message. It begins with a prefix, wherever it is stored, shown, exported or
given by the API:

${table(
  ['prefix', 'then', 'it is'],
  [
    [
      '`smpp:`',
      'the number in lower case hexadecimal, at least two digits',
      'the command_status with which an SMPP gateway answered a submit',
    ],
    [
      '`dlr:`',
      'the stat word in lower case; `/` and the number of `err` where no table explains it',
      'what a delivery receipt says',
    ],
    ['`gsm:`', 'the number', 'the reason of a GSM network, in a receipt'],
    ['`vonage:`', 'the number', 'the reason of Vonage, in a receipt'],
    [
      '`homing:`',
      'a word',
      "Homing's own: no code of the gateway came. For a message that was taken back it is the reason why it is not sent",
    ],
  ],
)}

Other protocols get prefixes of their own. A code in no table has the class \`unknown_code\`: it is shown as it came, and proves nothing.

Classes: **accepted** the gateway has it; **pending** nothing is decided yet; **delivered**; **soft** temporary, sent again by the hourly rule; **hard** not
sent again; **throttle** slow down, which is not an attempt; **fault** of the gateway or of Homing, never a bounce of the recipient; **dropped** taken
back before it was submitted. Three hard bounces that speak against the number, without a delivery in between, close it.

## command_status (the answer to a submit)

${rows(commandStatuses)}

Codes without a row are soft, because a code that nobody knows proves nothing against a number: ${commandStatusRanges
    .map(({ from, to, name }) => `0x${from.toString(16)}–0x${to.toString(16)} ${name}`)
    .join(', ')}.

## stat and message_state (the receipt)

${table(
  ['state', 'code', 'class', 'shown as'],
  messageStates.map(row => [String(row.state), `\`${row.code}\``, row.class, row.words]),
)}

A word in no table is pending: nothing is sent again because of it. A receipt that names no state has the code \`dlr:none\`.

## err, where its meaning is known

\`err\` has no common meaning between gateways. It is read only where the receipt says that it is a GSM error, or where the
gateway is known to be Vonage; it refines UNDELIV, DELETED and REJECTD, and is the code then.

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
    ['signed_in', 'Whoever is signed in', 'A person, or an API key where the table says so.'],
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

Each operation of the API has the least role that may call it (\`x-role\` in the document). \`…\` is \`/api/v1/workspaces/{w}\`. An API
key has one workspace and one role. A workspace that somebody is no member of, and a thing of it, is answered as one that does not exist.
${groups.map(section).join('')}`
}
