/**
 * Which profile is a visitor? A visitor without a profile becomes one profile's, once, and brings the earlier views of that browser along. A link is
 * a weak proof: a forwarded SMS brings a friend. A signed id, or a call of the shop's server, is a strong one.
 *
 * Always: nothing moves from one profile to another; a later proof decides about what comes after it only. A weak proof never overrides a
 * strong one.
 */
export type KnownBy = 'link' | 'signed' | 'server'

export interface KnownVisitor {
  profileId: number
  knownBy: KnownBy
  /** the link that led here last */
  link: VisitorLink | null
}

export interface VisitorLink {
  activityId: number
  linkId: number
  clickedAt: Date
}

export type Proof =
  | { by: 'link'; profileId: number; link: VisitorLink }
  | { by: 'signed' | 'server'; profileId: number }

export interface Identified {
  visitor: KnownVisitor
  /** the visitor was nobody's: its earlier views become the profile's */
  attaches: boolean
}

/** Up to three visitors of one link in one message are taken for its person: phone, tablet, computer. Later ones may be friends. */
export const visitorsOfLink = 3
/** So long after its click a view belongs to the link. */
export const attributedMs = 7 * 24 * 60 * 60 * 1000

/** `undefined`: nobody's. */
export function identify(known: KnownVisitor | undefined, proof: Proof): Identified {
  const isStrong = known !== undefined && known.knownBy !== 'link'
  if (proof.by !== 'link') {
    const link = known?.profileId === proof.profileId ? known.link : null
    return { visitor: { profileId: proof.profileId, knownBy: proof.by, link }, attaches: known === undefined }
  }
  // Somebody whom the shop knows as another person has opened a forwarded link.
  if (isStrong && known.profileId !== proof.profileId) return { visitor: known, attaches: false }
  const knownBy = isStrong ? known.knownBy : 'link'
  return { visitor: { profileId: proof.profileId, knownBy, link: proof.link }, attaches: known === undefined }
}

/** The link that an event belongs to. */
export function linkOfEvent({ link }: KnownVisitor, at: Date): VisitorLink | null {
  if (link === null) return null
  const since = at.getTime() - link.clickedAt.getTime()
  return since >= -60_000 && since <= attributedMs ? link : null
}
