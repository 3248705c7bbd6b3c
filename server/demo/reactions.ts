/** How people took an SMS of the past: pure, and the same each time for the same person and SMS. */
import type { Code } from '../../core/gateways/code.ts'
import { roll } from './chance.ts'
import { boughtNumbers } from './demo-list.ts'
import type { StoryShares } from './story.ts'

const minuteMs = 60_000
const hourMs = 60 * minuteMs

/** Of one attempt: what its receipt says, ms after the submission. null: there is none. */
export interface DemoReceipt {
  state: 'delivered' | 'soft' | 'hard'
  code: Code | ''
  /** evidence against the number */
  counts: boolean
  afterMs: number
}

export interface Deeds {
  /** ms after the delivery, in order, with the place of the link in the text */
  clicks: { afterMs: number; link: number }[]
  /** ms after the delivery; a program fetches the first link */
  scannedMs: number | null
  optsOutMs: number | null
  stopsMs: number | null
  reply: { afterMs: number; text: string } | null
}

/** A number that is out of use is so in every SMS. */
const outOfUse = (address: string): boolean =>
  roll(personOf(address), 0, 1) < (address.startsWith(boughtNumbers) ? 0.3 : 0.014)

/** The digits tell people apart. */
const personOf = (address: string): number => Number(address.slice(-8))

/** `activity`: a number of its own for each SMS. `n`: of the attempt, from 1. */
export function receiptOf(taken: StoryShares, activity: number, address: string, n: number): DemoReceipt | null {
  const person = personOf(address)
  const chance = (use: number) => roll(person, activity, use)
  if (outOfUse(address)) return { state: 'hard', code: 'gsm:1', counts: true, afterMs: 1_500 + 6_000 * chance(10) }
  if (chance(11) < 0.003) return { state: 'hard', code: 'gsm:13', counts: false, afterMs: 2_000 + 4_000 * chance(10) }
  if (chance(12) < taken.silent) return null
  if (chance(13) < taken.soft) {
    // Most phones are on again within hours; one in six is away for longer than the two days.
    const away = chance(14)
    const tries = away > 0.84 ? Number.POSITIVE_INFINITY : away > 0.4 ? 2 : 1
    if (n <= tries) {
      const full = tries < 3 && chance(15) < 0.25
      // The network tells at once that a phone is full. One that is away is looked for during six hours.
      const afterMs = full ? 36_000 : 6 * hourMs + 5 * minuteMs * chance(20 + n)
      return { state: 'soft', code: full ? 'gsm:40' : 'gsm:27', counts: false, afterMs }
    }
  }
  return { state: 'delivered', code: '', counts: false, afterMs: latencyMs(chance(16), chance(17)) }
}

/** Most phones have it within seconds, some within minutes, a few were off. */
function latencyMs(kind: number, at: number): number {
  if (kind < 0.72) return 1_800 + 5_200 * at
  if (kind < 0.93) return 7_000 + 23_000 * at
  if (kind < 0.985) return (0.5 + 4 * at) * minuteMs
  return (5 + 400 * at * at) * minuteMs
}

/** Of somebody who got it. `links`: how many the text has. `answerable`: the sender gets replies. */
export function deedsOf(taken: StoryShares, activity: number, address: string, links: number): Deeds {
  const person = personOf(address)
  const chance = (use: number) => roll(person, activity, use)
  const text = taken.replies[Math.floor(chance(40) * taken.replies.length)]
  return {
    clicks: chance(30) < taken.clicked ? clicksOf(taken, chance, links) : [],
    scannedMs: chance(36) < taken.scanned ? 400 + 2_500 * chance(37) : null,
    optsOutMs: chance(38) < taken.optedOutByPage ? readMs(taken, chance(39)) : null,
    stopsMs: chance(41) < taken.stopped ? readMs(taken, chance(42)) : null,
    reply: text !== undefined && chance(43) < taken.replied ? { afterMs: readMs(taken, chance(44)), text } : null,
  }
}

function clicksOf(taken: StoryShares, chance: (use: number) => number, links: number): Deeds['clicks'] {
  const linkAt = (at: number) => (at < taken.firstLink || links < 2 ? 0 : 1)
  const first = { afterMs: readMs(taken, chance(31)), link: linkAt(chance(32)) }
  if (chance(33) >= taken.clickedAgain) return [first]
  const second = { afterMs: first.afterMs + (0.6 + 30 * chance(34) ** 2) * minuteMs, link: linkAt(chance(35)) }
  return [first, second]
}

const longestMs = 60 * hourMs
const atOnce = 0.25

/**
 * A quarter have the phone in their hand and read at once. Of the others, half have read it by `halfClickedMinutes`; it falls off over hours,
 * with a long tail (log-logistic). `at`: 0..1
 */
function readMs({ halfClickedMinutes }: StoryShares, at: number): number {
  if (at < atOnce) return 9_000 + (at / atOnce) * 140_000
  const later = (at - atOnce) / (1 - atOnce)
  const odds = later / Math.max(1e-6, 1 - later)
  return Math.min(longestMs, 30_000 + halfClickedMinutes * minuteMs * odds ** 0.85)
}

/** As browsers name themselves. Four of ten have an iPhone. */
const agents = [
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.7 Mobile/15E148 Safari/604.1',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1',
  'Mozilla/5.0 (Linux; Android 15; SM-S928B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36',
  'Mozilla/5.0 (Linux; Android 16; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36',
  'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Mobile Safari/537.36',
  'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36',
  'Mozilla/5.0 (Linux; Android 14; SM-X710) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36',
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36',
] as const

export const demoScannerAgent = 'facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)'

export const demoAgentOf = (address: string): string => agents[personOf(address) % agents.length] ?? agents[0]
