/**
 * The settings of an activity as they are frozen when it is scheduled (activity_versions.settings): what is sent, and what the report shows.
 * Documents are kept forever as they were written; `readSettings` reads those of every version before this one.
 */
import { highestMaxParts } from '../sms/split.ts'
import type { Utm, UtmParameter } from '../sms/utm.ts'
import { type Content, readContent, readSms } from './content.ts'
import {
  currencyKind,
  decimalKind,
  type Fault,
  Fields,
  flagKind,
  listKind,
  oneOfKind,
  orNullKind,
  positiveKind,
  problemOf,
  type Reading,
  textKind,
} from './fields.ts'
import { type FrozenSendTo, readFrozenSendTo } from './send-to.ts'

/** Raised when a field changes its meaning; a new field with a default does not raise it. */
export const settingsShape = 1

export interface ActivitySettings {
  shape: typeof settingsShape
  name: string
  content: Content
  /** the parameters that the links got, in their order; none where they were switched off */
  utm: UtmParameter[]
  sendTo: FrozenSendTo
  gateway: { id: number; name: string; test: boolean }
  /** ISO, business time; null in documents that never said */
  sendAt: string | null
  latestAt: string | null
  quietHours: boolean
  /** where they lead, in the order of their slots */
  links: string[]
  unsubscribe: boolean
  /** a text with more parts is not sent */
  maxParts: number
  /** what a credit was worth; null in documents that do not say */
  currency: string | null
  creditValue: string | null
  /** what its short links begin with; null: the link domain of the installation */
  linkDomain: string | null
}

/** Throws the problem that says what cannot be read: nothing may be sent by such a document. */
export function settingsFrom(document: unknown): ActivitySettings {
  const { value, faults } = readSettings(document)
  if (faults.length > 0) throw problemOf(faults)
  return value
}

export function readSettings(document: unknown): Reading<ActivitySettings> {
  const faults: Fault[] = []
  const fields = new Fields(document, 'settings', faults)
  const utm = readParameters(fields)
  const settings: ActivitySettings = {
    shape: settingsShape,
    name: fields.read('name', textKind, ''),
    content: readContentOf(fields, utm, faults),
    utm,
    sendTo: readFrozenSendTo(fields.object('sendTo')),
    gateway: readGateway(fields),
    sendAt: fields.read('sendAt', orNullKind(textKind), null),
    latestAt: fields.read('latestAt', orNullKind(textKind), null),
    quietHours: fields.read('quietHours', flagKind, true),
    links: fields.read('links', listKind(textKind), []),
    unsubscribe: fields.read('unsubscribe', flagKind, false),
    // Before there was a limit, every text that can be kept was sent.
    maxParts: fields.read('maxParts', positiveKind, highestMaxParts),
    currency: fields.read('currency', orNullKind(currencyKind), null),
    creditValue: fields.read('creditValue', orNullKind(decimalKind), null),
    linkDomain: fields.read('linkDomain', orNullKind(textKind), null),
  }
  return { value: settings, faults }
}

/** Before there was a shape, sender, text and smart encoding were beside the other fields. */
function readContentOf(fields: Fields, utm: readonly UtmParameter[], faults: Fault[]): Content {
  const shape = fields.read('shape', positiveKind, 0)
  if (shape > settingsShape) fields.fault('shape', `is ${shape}; this version knows ${settingsShape}`, 'activity_newer')
  if (shape === 0) return readSms(fields, choiceOf(utm))
  const { value, faults: ofContent } = readContent(fields.value('content'))
  faults.push(...ofContent)
  return value
}

/** What a person must have chosen to get these parameters. */
function choiceOf(parameters: readonly UtmParameter[]): Utm {
  const value = (key: UtmParameter['key']) => parameters.find(parameter => parameter.key === key)?.value ?? ''
  const [source, medium, name] = [value('utm_source'), value('utm_medium'), value('utm_campaign')]
  return { on: parameters.length > 0, source, medium, name }
}

function readParameters(fields: Fields): UtmParameter[] {
  return fields.objects('utm').map(parameter => ({
    key: parameter.required('key', oneOfKind('utm_source', 'utm_medium', 'utm_campaign'), 'utm_source'),
    value: parameter.required('value', textKind, ''),
  }))
}

/** The oldest documents named the gateway by its id alone. */
function readGateway(fields: Fields): ActivitySettings['gateway'] {
  const gateway = fields.object('gateway')
  return {
    id: gateway.has('id') ? gateway.required('id', positiveKind, 0) : fields.required('gatewayId', positiveKind, 0),
    name: gateway.read('name', textKind, ''),
    test: gateway.read('test', flagKind, false),
  }
}
