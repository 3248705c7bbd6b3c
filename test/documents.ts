/**
 * The pages of docs/ that are made from tables of the code, so that they cannot say anything else: what each error means, what
 * each figure means, what each code of a gateway means. `npx vitest run test/documents.test.ts --update` writes them anew.
 */
import { notSentReasons } from '../core/audience/reasons.ts'
import {
  commandStatuses,
  commandStatusRanges,
  gsmMapErrors,
  messageStates,
  vonageErrors,
} from '../core/messages/outcomes.ts'
import { problems } from '../core/problems.ts'
import { figure, figures } from '../core/report/figures.ts'
import { tabs } from '../core/report/tabs.ts'

const made = (from: string) => `<!-- Made from ${from} by test/documents.test.ts (--update). Not edited by hand. -->`

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(cell => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

export function problemsPage(): string {
  const rows = Object.entries(problems)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([code, { status, title, mend }]) => [`\`${code}\``, String(status), title, mend])
  return `# What can go wrong, and how to mend it

${made('`core/problems.ts`')}

Every error that a person or a client may see has a code that never changes its meaning. Over HTTP it comes as
\`application/problem+json\` with \`code\`, \`title\`, \`detail\` and \`status\`; on the command line the two sentences stand on
stderr and the exit code is 1; in a file of rejected rows they are the reason. Words in braces are filled in.

${table(['code', 'HTTP', 'what happened', 'how to mend it'], rows)}
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

The columns of an export begin with \`profile_id\`, \`external_key\`, \`phone\`, \`email\`, \`status\`, \`reason\`, \`at\`; new ones are only ever
added at the end.

## Not sent, and why

The first reason that holds, in this order, is the one that is kept. A message that was not sent costs nothing.

${table(
  ['reason', 'in API and exports', 'what it means'],
  notSentReasons.map(({ key, label, sentence }) => [label, `\`${key}\``, sentence]),
)}
`
}

export function codesPage(): string {
  const yes = (counts: boolean) => (counts ? 'yes' : '')
  const reasons = (rows: typeof gsmMapErrors) =>
    table(
      ['err', 'name', 'class', 'speaks against the number', 'shown as'],
      rows.map(row => [String(row.code), row.name, row.class, yes(row.counts), row.words]),
    )
  return `# What the codes of a gateway mean

${made('`core/messages/outcomes.ts`')}

Classes: **ok** accepted; **soft** temporary, tried again by the hourly rule; **hard** no further attempt of this message;
**throttle** slow down, which is no attempt; **gateway-fault** ours or the gateway's, never a bounce of the recipient.
Three hard bounces that speak against the number, without a delivery in between, close it.

## command_status (the answer to a submit)

${table(
  ['code', 'name', 'class', 'is about', 'speaks against the number', 'shown as'],
  commandStatuses.map(row => [
    `0x${row.code.toString(16).toUpperCase().padStart(2, '0')}`,
    row.name,
    row.class,
    row.scope,
    yes(row.counts),
    row.words,
  ]),
)}

Codes without a row are soft, because a code that nobody knows proves nothing against a number: ${commandStatusRanges
    .map(({ from, to, name }) => `0x${from.toString(16)}–0x${to.toString(16)} ${name}`)
    .join(', ')}.

## stat and message_state (the receipt)

${table(
  ['state', 'stat', 'class', 'shown as'],
  messageStates.map(row => [String(row.state), row.stat, row.class, row.words]),
)}

A word that stands in no table is pending: nothing is sent again because of it.

## err, where its meaning is known

\`err\` has no common meaning between gateways. It is read only where the receipt says that it is a GSM error, or where the
gateway is known to be Vonage; it refines UNDELIV, DELETED and REJECTD.

### GSM MAP

${reasons(gsmMapErrors)}

### Vonage

${reasons(vonageErrors)}
`
}
