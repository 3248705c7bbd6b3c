/** The settings of an activity as they are frozen when it is scheduled (activity_versions.settings): what is sent, and what the report shows. */
import type { Template } from '../../core/sms/template.ts'
import { addressOf, type UtmParameter, utmParameters } from '../../core/sms/utm.ts'
import type { ActivityRow, Surroundings } from './store.ts'

export interface ActivitySettings {
  name: string
  sender: string
  body: string
  smart: boolean
  /** as they were added; none where they were switched off */
  utm: UtmParameter[]
  sendTo: { topics: { id: number; name: string }[]; duplicates: 'one_per_number' | 'all' }
  gatewayId: number
  gateway: { id: number; name: string; test: boolean }
  /** ISO, business time */
  sendAt: string
  latestAt: string | null
  quietHours: boolean
  /** where they lead, in the order of their slots */
  links: string[]
  unsubscribe: boolean
  /** a text with more parts is not sent; missing in versions from before there was a limit */
  maxParts?: number
}

/** What was checked has a gateway; without one this throws. */
export function settingsOf(
  activity: ActivityRow,
  { topics, gateways, maxParts }: Surroundings,
  template: Template,
  sendAt: Date,
): ActivitySettings {
  const gateway = gateways.find(({ id }) => id === activity.gatewayId)
  if (gateway === undefined) throw new Error(`activity ${activity.id} has no gateway`)
  const utm = utmParameters(activity.utm, activity.name)
  const { name, sender, body, smart, latestAt, quietHours } = activity
  return {
    name,
    sender,
    body,
    smart,
    utm,
    sendTo: {
      topics: topics.filter(topic => activity.sendTo.topics.includes(topic.id)),
      duplicates: activity.sendTo.duplicates,
    },
    gatewayId: gateway.id,
    gateway,
    sendAt: sendAt.toISOString(),
    latestAt: latestAt?.toISOString() ?? null,
    quietHours,
    links: template.links.map(link => addressOf(link, utm)),
    unsubscribe: template.unsubscribe,
    maxParts,
  }
}
