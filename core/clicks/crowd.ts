/**
 * Does a program behind one address open the links of many profiles? Carriers, offices and families put many people behind one
 * address, so that alone says nothing: only visits with another sign of a program count, and only where there are more profiles in
 * less time than people manage who each read an SMS and look at the page behind its unsubscribe link. Pure, and a function of the
 * set: which visits are turned does not depend on the order in which they came, and more visits only ever turn more.
 */

/**
 * This many profiles within this time. Ten in ten seconds is one a second, a scanner over a small list; twenty in a minute a scanner that
 * takes its time. Six people who opt out together are neither; nor is an office of 500, of whom the first minute after sending
 * brings some six, each with a sign at most.
 */
export const crowds = [
  { profiles: 10, ms: 10_000 },
  { profiles: 20, ms: 60_000 },
] as const
/** Visits further apart never make a crowd. */
export const crowdMs = Math.max(...crowds.map(({ ms }) => ms))

export interface SignedHit {
  /** the address, as a hash */
  address: string
  profileId: number
  at: Date
}

/** Those of the visits that lie in a stretch of time in which their address opened links of that many profiles. */
export function crowdsOf<Hit extends SignedHit>(hits: readonly Hit[]): Hit[] {
  return [...Map.groupBy(hits, hit => hit.address).values()].flatMap(ofAddress => {
    const inTime = [...ofAddress].sort((a, b) => a.at.getTime() - b.at.getTime())
    const turned = new Set(crowds.flatMap(crowd => stretchesOf(inTime, crowd)))
    return inTime.filter(hit => turned.has(hit))
  })
}

/** `inTime`: of one address, ascending. */
function stretchesOf<Hit extends SignedHit>(
  inTime: readonly Hit[],
  { profiles: most, ms }: (typeof crowds)[number],
): Hit[] {
  const turned: Hit[] = []
  const profiles = new Map<number, number>()
  let end = 0
  let marked = 0
  for (const [start, first] of inTime.entries()) {
    for (; end < inTime.length && inTime[end]!.at.getTime() - first.at.getTime() <= ms; end++) {
      const { profileId } = inTime[end]!
      profiles.set(profileId, (profiles.get(profileId) ?? 0) + 1)
    }
    if (profiles.size >= most)
      for (marked = Math.max(marked, start); marked < end; marked++) turned.push(inTime[marked]!)
    const left = (profiles.get(first.profileId) ?? 1) - 1
    if (left === 0) profiles.delete(first.profileId)
    else profiles.set(first.profileId, left)
  }
  return turned
}
