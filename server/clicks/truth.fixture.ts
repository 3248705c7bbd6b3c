/**
 * For tests: a campaign of which the truth is known. Deterministic: the same seed makes the same visits. Everybody who is met in SMS is in it: people who
 * read first, behind one address of their carrier, with double taps, in the views of apps, who look and opt out; link previews,
 * prefetchers, scanners that ask with HEAD, call themselves Chrome and walk through all links, or sit in a mail gateway and open everybody's links from one address.
 */

/** One visit and who really made it. */
export interface TrueVisit {
  profileId: number
  /** null: the page behind the unsubscribe link */
  slot: number | null
  seconds: number
  human: boolean
  who: string
  method: string
  agent: string
  address: string
  headers: Record<string, string>
}

export interface TrueMessage {
  profileId: number
  submittedSeconds: number
  deliveredSeconds: number
}

const phones = [
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1',
  'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Mobile Safari/537.36',
  'Mozilla/5.0 (Linux; Android 15; SM-S928B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 [FBAN/FBIOS;FBAV/468.0.0.40.107;FBDV/iPhone14,5]',
]
const chrome =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36'
const preview = 'facebookexternalhit/1.1 Facebot Twitterbot/1.0'
const browser = { 'accept-language': 'sv-SE,sv;q=0.9', 'accept-encoding': 'gzip, deflate, br' }

/** Two links and an unsubscribe link, sent over ten minutes. */
export function makeTruth(profiles: number, seed = 1): { messages: TrueMessage[]; visits: TrueVisit[] } {
  let state = seed
  const roll = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
  const messages: TrueMessage[] = []
  const visits: TrueVisit[] = []
  for (let profileId = 1; profileId <= profiles; profileId++) {
    const submittedSeconds = (profileId / profiles) * 600
    // Some phones were off for an hour.
    const deliveredSeconds = submittedSeconds + (roll() < 0.05 ? 3_600 * roll() : 1 + 4 * roll())
    messages.push({ profileId, submittedSeconds, deliveredSeconds })
    const visit = (who: string, human: boolean, seconds: number, slot: number | null, more: Partial<TrueVisit>) =>
      visits.push({
        profileId,
        slot,
        seconds,
        human,
        who,
        method: 'GET',
        agent: chrome,
        address: `home ${profileId}`,
        headers: browser,
        ...more,
      })
    person(visit, roll, deliveredSeconds)
    if (profileId % 2_000 < 6) colleague(visit, profileId, deliveredSeconds)
    programs(visit, roll, submittedSeconds, deliveredSeconds, profileId)
  }
  return { messages, visits }
}

type Visiting = (who: string, human: boolean, seconds: number, slot: number | null, more: Partial<TrueVisit>) => void

/** One in six clicks, most within the first hour; nearly half of them through few addresses of a carrier. */
function person(visit: Visiting, roll: () => number, deliveredSeconds: number): void {
  if (roll() > 0.17) return
  const agent = phones[Math.floor(roll() * phones.length)] ?? chrome
  const from = { agent, ...(roll() < 0.45 ? { address: `carrier ${Math.floor(roll() * 3)}` } : {}) }
  const at = deliveredSeconds + 2 - 900 * Math.log(1 - roll())
  const slot = roll() < 0.7 ? 0 : 1
  visit('a person', true, at, slot, from)
  if (roll() < 0.1) visit('a double tap', true, at + 1 + 3 * roll(), slot, from)
  // Back for the other link, now and then quickly.
  if (roll() < 0.12) visit('a person who is back', true, at + 2 - 60 * Math.log(1 - roll()), 1 - slot, from)
  if (roll() < 0.04) visit('a person who opts out', true, at + 8 + 40 * roll(), null, from)
}

/** Six at one table: they look, and try out the unsubscribe link, behind the one address of their office. */
function colleague(visit: Visiting, profileId: number, deliveredSeconds: number): void {
  const from = { agent: phones[0]!, address: `office ${Math.floor(profileId / 2_000)}` }
  // Their messages are sent one after the other, within less than a second.
  const at = deliveredSeconds + 4 + (profileId % 6) * 4
  visit('a colleague', true, at, 0, from)
  visit('a colleague', true, at + 9, null, from)
}

function programs(
  visit: Visiting,
  roll: () => number,
  submittedSeconds: number,
  deliveredSeconds: number,
  profileId: number,
): void {
  const walk = (who: string, from: number, stepSeconds: number, more: Partial<TrueVisit>) => {
    for (const [step, slot] of [0, 1, null].entries()) visit(who, false, from + step * stepSeconds, slot, more)
  }
  const later = () => deliveredSeconds + 5 + 60 * roll()
  const kind = roll()
  if (kind < 0.06) visit('a link preview', false, deliveredSeconds + roll(), 0, { agent: preview })
  else if (kind < 0.09) walk('a HEAD scanner', submittedSeconds + 1, 0.2, { method: 'HEAD', address: 'head' })
  else if (kind < 0.12) walk('a scanner called Chrome', later(), 0.4, { address: `scanner ${profileId % 40}` })
  else if (kind < 0.14) walk('a slow scanner', later(), 6, { address: `slow ${profileId % 40}` })
  // A carrier's filter looks at one link while the SMS is on its way.
  else if (kind < 0.15) visit('a filter on the way', false, submittedSeconds + 1.5 * roll(), 0, { address: 'filter' })
  // Everybody of one company, one link and the unsubscribe link each.
  else if (kind < 0.17) {
    const at = submittedSeconds + 30
    const from = { address: 'mail gateway' }
    visit('a mail gateway', false, at, 0, from)
    visit('a mail gateway', false, at + 8, null, from)
  } else if (kind < 0.19)
    visit('a prefetcher', false, deliveredSeconds + 3, 0, { headers: { ...browser, 'sec-purpose': 'prefetch' } })
  else if (kind < 0.2) visit('an app', false, later(), 0, { agent: 'SecurityApp/12 CFNetwork/1494.0.7 Darwin/23.4.0' })
  else if (kind < 0.205) visit('a bare program', false, later(), 0, { headers: {}, address: `bare ${profileId % 9}` })
  // Nothing tells these from people: one link, once, later, with all headers.
  else if (kind < 0.2055) visit('a perfect disguise', false, later() + 300, 0, {})
}
