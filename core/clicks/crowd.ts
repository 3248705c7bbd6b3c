/**
 * Does one address open the links of many profiles? Carriers put thousands of people behind one address, so that alone says
 * nothing: only visits with another sign of a program count, and only they are turned, the earlier ones too. Pure, and a
 * function of the set: which visits are turned does not hang on the order in which they came, and more visits only ever
 * turn more.
 */

/** This many profiles … */
export const crowdProfiles = 5
/** … within this time. */
export const crowdMs = 60_000

export interface SignedHit {
  /** the address, as a hash */
  address: string
  profileId: number
  at: Date
}

/** Those of the visits that lie in a minute in which their address opened links of five profiles or more. */
export function crowdsOf<Hit extends SignedHit>(hits: readonly Hit[]): Hit[] {
  return [...Map.groupBy(hits, hit => hit.address).values()].flatMap(crowdsOfOne)
}

function crowdsOfOne<Hit extends SignedHit>(hits: readonly Hit[]): Hit[] {
  const inTime = [...hits].sort((a, b) => a.at.getTime() - b.at.getTime())
  const turned: Hit[] = []
  const profiles = new Map<number, number>()
  let end = 0
  let marked = 0
  for (const [start, first] of inTime.entries()) {
    for (; end < inTime.length && inTime[end]!.at.getTime() - first.at.getTime() <= crowdMs; end++) {
      const { profileId } = inTime[end]!
      profiles.set(profileId, (profiles.get(profileId) ?? 0) + 1)
    }
    if (profiles.size >= crowdProfiles)
      for (marked = Math.max(marked, start); marked < end; marked++) turned.push(inTime[marked]!)
    const left = (profiles.get(first.profileId) ?? 1) - 1
    if (left === 0) profiles.delete(first.profileId)
    else profiles.set(first.profileId, left)
  }
  return turned
}
