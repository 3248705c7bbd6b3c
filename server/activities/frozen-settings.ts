/** What is frozen when an activity is scheduled: its settings with the names, links and limits of that moment. */
import { type ActivitySettings, settingsShape } from '../../core/activities/settings.ts'
import { type AnyTemplate, parametersOf } from '../../core/activities/tags.ts'
import { linkAddress } from '../../core/sms/utm.ts'
import type { Selected } from './selected.ts'
import type { ActivityRow, ActivitySurroundings } from './store.ts'

/** What was checked has a gateway; without one this throws. */
export function settingsOf(
  activity: ActivityRow,
  selected: Selected,
  { topics, gateways, maxParts, currency, creditValue, linkDomain }: ActivitySurroundings,
  template: AnyTemplate,
  sendAt: Date,
): ActivitySettings {
  const gateway = gateways.find(({ id }) => id === activity.gatewayId)
  if (gateway === undefined) throw new Error(`activity ${activity.id} has no gateway`)
  const parameters = parametersOf(activity.content, activity.name)
  const { name, content, sendTo, latestAt, quietHours } = activity
  return {
    shape: settingsShape,
    name,
    content,
    utm: parameters,
    sendTo: {
      ...sendTo,
      topics: topics.filter(({ id }) => sendTo.topics.includes(id)).map(({ id, name }) => ({ id, name })),
      ...selected,
    },
    gateway: { id: gateway.id, name: gateway.name, test: gateway.test },
    sendAt: sendAt.toISOString(),
    latestAt: latestAt?.toISOString() ?? null,
    quietHours,
    links: template.links.map(link => linkAddress(link, parameters)),
    unsubscribe: template.unsubscribe,
    maxParts,
    currency,
    creditValue,
    linkDomain,
  }
}
