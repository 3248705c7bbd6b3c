/** The settings of a workspace that a person may change, and what follows from each change: for the page, the API and the command line alike. */

import { isCurrency } from './countries.ts'
import { isFrequencyHours, maxFrequencyHours } from './frequency.ts'
import { problem } from './problems.ts'
import { checkSender } from './sms/sender.ts'
import { highestMaxParts } from './sms/split.ts'
import { isZone } from './zones.ts'

/** Roles that may be required of those who send. */
export const sendRoles = ['editor', 'admin', 'owner'] as const
export type SendRole = (typeof sendRoles)[number]

export interface WorkspaceSettings {
  name: string
  /** IANA, as in Europe/Stockholm */
  timeZone: string
  /** ISO 3166 alpha-2: of numbers without a country code */
  defaultCountry: string
  /** ISO 4217 */
  currency: string
  /** what one credit is worth: a decimal with at most four places */
  creditValue: string
  /** what short links begin with, as in https://go.example.com; null: the link domain of the installation */
  linkDomain: string | null
  /** of new SMS; '': none */
  defaultSender: string
  /** the lowest role that may send */
  sendRole: SendRole
  /** the most parts of an SMS */
  maxParts: number
  /** of new SMS: nobody who was sent another within these hours; null: no limit */
  frequencyHours: number | null
}

export type SettingName = keyof WorkspaceSettings

export const settingNames = [
  'name',
  'timeZone',
  'defaultCountry',
  'currency',
  'creditValue',
  'linkDomain',
  'defaultSender',
  'sendRole',
  'maxParts',
  'frequencyHours',
] as const satisfies readonly SettingName[]

export const settingLabels: Readonly<Record<SettingName, string>> = {
  name: 'Name',
  timeZone: 'Time zone',
  defaultCountry: 'Default country',
  currency: 'Currency',
  creditValue: 'Value of a credit',
  linkDomain: 'Link domain',
  defaultSender: 'Default sender',
  sendRole: 'Who may send',
  maxParts: 'Maximum parts per SMS',
  frequencyHours: 'Hours between two SMS to a person',
}

/** What a change of the setting does, and what it leaves as it is. */
export const follows: Readonly<Record<SettingName, string>> = {
  name: 'Opt-out pages and answers to STOP use the new name from now on.',
  timeZone: 'Scheduled SMS keep their time. Times are shown in the new zone.',
  defaultCountry:
    'Numbers without a country code are read in the new country from now on. Profiles keep their numbers.',
  currency: 'SMS scheduled from now on are shown in the new currency. Scheduled and sent SMS keep theirs.',
  creditValue: 'SMS scheduled from now on use the new value. Scheduled and sent SMS keep theirs.',
  linkDomain:
    'SMS scheduled from now on use the new link domain. Short links in other SMS keep theirs and continue to work.',
  defaultSender: 'New SMS begin with this sender. Existing drafts keep theirs.',
  sendRole: 'It applies at once to scheduling and resuming. Scheduled SMS are sent.',
  maxParts: 'The limit applies to SMS scheduled from now on.',
  frequencyHours: 'New SMS begin with this frequency. Existing drafts keep theirs.',
}

/** What follows from a change of these settings, in their order. */
export function consequencesOf(change: { readonly [Name in SettingName]?: unknown }): string[] {
  return settingNames.filter(name => change[name] !== undefined).map(name => follows[name])
}

/** Throws zone_unknown, currency_unknown, sender_invalid, invalid_input. Name, country and link domain are checked by their owners. */
export function checkSettings(given: { readonly [Name in SettingName]?: WorkspaceSettings[Name] | undefined }): void {
  const { timeZone, currency, creditValue, defaultSender = '', maxParts = 1, frequencyHours = null } = given
  if (timeZone !== undefined && !isZone(timeZone)) throw problem('zone_unknown', { zone: timeZone })
  if (currency !== undefined && !isCurrency(currency)) throw problem('currency_unknown', { currency })
  if (creditValue !== undefined && !(/^\d{1,8}(\.\d{1,4})?$/.test(creditValue) && Number(creditValue) > 0))
    throw problem('invalid_input', {
      where: 'creditValue',
      what: 'must be a decimal above 0 with at most 8 digits before the point and 4 after it, as in 0.45',
    })
  const sender = defaultSender === '' ? undefined : checkSender(defaultSender)
  if (sender !== undefined && 'problem' in sender) throw problem(sender.problem, sender.details)
  if (!(Number.isInteger(maxParts) && maxParts >= 1 && maxParts <= highestMaxParts))
    throw problem('invalid_input', { where: 'maxParts', what: `must be a whole number from 1 to ${highestMaxParts}` })
  if (frequencyHours !== null && !isFrequencyHours(frequencyHours))
    throw problem('invalid_input', {
      where: 'frequencyHours',
      what: `must be a whole number of hours from 1 to ${maxFrequencyHours}, or nothing for no limit`,
    })
}
