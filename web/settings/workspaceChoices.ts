/** What a person may choose for a workspace, and which field a problem is about. */
import { currencyOf } from '../../core/countries.ts'
import type { SettingName } from '../../core/workspace-settings.ts'
import type { ApiProblem } from '../api/problem.ts'

/** All zones that the browser knows, with the one that is set: an old name may be missing in its list. */
export function zoneChoices(current: string): string[] {
  return [...new Set([current, 'UTC', ...Intl.supportedValuesOf('timeZone')])].sort()
}

const currencies = new Intl.DisplayNames('en', { type: 'currency', fallback: 'code' })

export function currencyChoices(): { value: string; label: string }[] {
  return Intl.supportedValuesOf('currency').map(value => ({
    value,
    label: `${value} – ${currencies.of(value) ?? value}`,
  }))
}

/**
 * For a new workspace: the zone of this browser, and the country of its language. Not countryOfZone: it asks Intl for the zones of every country,
 * for which a small browser has neither the time nor the memory.
 */
export function workspaceDefaults(): { timeZone: string; defaultCountry: string; currency: string } {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions()
  const region = regionOf(navigator.language)
  const currency = currencyOf(region)
  return currency === undefined
    ? { timeZone, defaultCountry: 'SE', currency: 'SEK' }
    : { timeZone, defaultCountry: region, currency }
}

/** "sv" -> "SE". Some browsers name their language in a form that Intl refuses, such as "en-US@posix"; '' for what is none. */
export function regionOf(language: string): string {
  try {
    return new Intl.Locale(language.split('@')[0] ?? '').maximize().region ?? ''
  } catch {
    return ''
  }
}

const fields: Readonly<Record<string, SettingName>> = {
  name_taken: 'name',
  name_empty: 'name',
  zone_unknown: 'timeZone',
  country_unknown: 'defaultCountry',
  currency_unknown: 'currency',
  sender_invalid: 'defaultSender',
  link_domain_invalid: 'linkDomain',
  link_domain_elsewhere: 'linkDomain',
  link_domain_taken: 'linkDomain',
}
const names: readonly SettingName[] = [
  'name',
  'creditValue',
  'maxParts',
  'frequencyHours',
  'defaultSender',
  'linkDomain',
]

export function fieldOf({ code, title }: Pick<ApiProblem, 'code' | 'title'>): SettingName | undefined {
  return fields[code] ?? names.find(name => title.startsWith(`${name}: `))
}
