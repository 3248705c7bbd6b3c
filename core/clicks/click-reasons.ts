/**
 * Why was a visit not counted as a person's click? The one table of the rules' names and words: stored beside the verdict,
 * shown in lists, exported, printed in docs/clicks.md. Where several hold, the first of this table is the one that is kept.
 */
import type { ClickVerdict } from './count-clicks.ts'

export interface ClickReason {
  /** as stored in `clicks.reason` */
  readonly key: string
  readonly verdict: Exclude<ClickVerdict, 'human'>
  readonly label: string
  readonly sentence: string
}

// biome-ignore format: a table reads by its columns
export const clickReasons = [
  { key: 'method', verdict: 'bot', label: 'Looked without opening', sentence: 'It requested something other than the page, which a person’s browser never does.' },
  { key: 'no_agent', verdict: 'bot', label: 'Nameless program', sentence: 'It did not identify itself. Every browser does.' },
  { key: 'agent', verdict: 'bot', label: 'Known bot', sentence: 'It identifies itself as a link preview, a scanner or another known program.' },
  { key: 'software', verdict: 'bot', label: 'App in the background', sentence: 'An app on a phone fetched the page without showing it in a browser.' },
  { key: 'prefetch', verdict: 'bot', label: 'Loaded ahead', sentence: 'A browser or an app loaded the page in case somebody opens it.' },
  { key: 'embedded', verdict: 'bot', label: 'Part of another page', sentence: 'The link was fetched as a picture, a script or a frame, not opened as a page.' },
  { key: 'bot_network', verdict: 'bot', label: 'Known bot network', sentence: 'It came from a network that is on this installation’s list of bots.' },
  { key: 'hosting', verdict: 'suspect', label: 'Data centre', sentence: 'It came from a data centre, where programs live and people rarely do.' },
  { key: 'no_language', verdict: 'suspect', label: 'No language', sentence: 'It named no language to read the page in, as nearly every browser does.' },
  { key: 'crowd', verdict: 'suspect', label: 'Many profiles from one address', sentence: 'One address opened the links of many profiles within seconds, and behaved like a program.' },
  { key: 'too_soon', verdict: 'suspect', label: 'Too quick', sentence: 'It came within 2 seconds of sending, before anybody could read the SMS.' },
  { key: 'before_delivery', verdict: 'suspect', label: 'Before delivery', sentence: 'It came before the phone had the SMS, by the gateway’s times.' },
  { key: 'all_at_once', verdict: 'suspect', label: 'All links at once', sentence: 'All links of the SMS were opened within 3 seconds.' },
  { key: 'in_order', verdict: 'suspect', label: 'All links in order', sentence: 'All links of the SMS were opened one after the other within a minute, the unsubscribe link too.' },
] as const satisfies readonly ClickReason[]

export type ClickReasonKey = (typeof clickReasons)[number]['key']

const byKey: ReadonlyMap<string, ClickReason> = new Map(clickReasons.map(reason => [reason.key, reason]))

/** The verdict that a reason makes; without one it was a person. A reason that no table knows any more stays a suspicion. */
export function verdictOf(reason: string | null): ClickVerdict {
  return reason === null ? 'human' : (byKey.get(reason)?.verdict ?? 'suspect')
}

export function isBotReason(reason: string | null): boolean {
  return verdictOf(reason) === 'bot'
}

/** The words of a reason; a key without words is shown as it is. */
export function describeClick(key: string): { label: string; sentence: string } {
  const { label, sentence } = byKey.get(key) ?? { label: key, sentence: key }
  return { label, sentence }
}
