/**
 * Completes a mapping with the suggestions for the columns that it does not name. What the page asks a person is answered here by the mapping alone:
 * a consent that the mapping does not name is not imported, other doubts are taken as suggested, and both are said in the result.
 */
import type { CountryCode } from 'libphonenumber-js/max'
import { normalForm } from '../../core/normal-form.ts'
import type { ListInOptions } from '../files/list-in.ts'
import { archivedIn, leftOutNote, previewList } from './preview.ts'

export interface FilledMap {
  map: Record<string, string>
  country: CountryCode
  notes: string[]
}

export interface FillInput {
  /** As given; its columns and keys are not suggested again. */
  map: Readonly<Record<string, string>>
  /** the workspace's */
  own: CountryCode
  /** null: the one that fits the numbers best */
  country: CountryCode | null
  /** how the file is read */
  reading?: ListInOptions
  /** of the workspace (`archivedNames`): not fed unless the mapping names them */
  archived?: ReadonlySet<string>
}

/** Throws the Problems of an unreadable file. */
export async function fillMap(path: string, input: FillInput): Promise<FilledMap> {
  const { map, own, country, reading = {}, archived = new Set() } = input
  const preview = await previewList(path, own, reading, country ?? undefined)
  const notes: string[] = []
  const filled = { ...map }
  const named = new Set(Object.values(map).map(fold))
  const keys = new Set(Object.keys(map).map(targetOf))
  for (const { name, suggested, ask } of preview.columns) {
    if (suggested === null || named.has(fold(name))) continue
    named.add(fold(name))
    if (keys.has(targetOf(suggested))) continue
    const kept = archivedIn(suggested, archived)
    if (kept !== undefined) {
      notes.push(leftOutNote(name, kept))
      continue
    }
    if (suggested === 'sms_consent') {
      notes.push(
        `No consent was imported from column “${name}”, because nobody has confirmed that it is the consent to SMS. To import it, map it to sms_consent.`,
      )
      continue
    }
    filled[suggested] = name
    if (ask !== null) notes.push(`Column “${name}” was imported as ${suggested}, as suggested. ${ask}`)
  }
  const { country: proposed, numbers, counts } = preview.country
  if (country === null && proposed !== own) {
    notes.push(
      `Numbers without a country code were read as numbers of ${proposed}: ${counts[0]?.mobile ?? 0} of the first ${numbers} can get an SMS there.`,
    )
  }
  return { map: filled, country: country ?? proposed, notes }
}

const fold = (column: string) => normalForm(column).trim().toLowerCase().replace(/\s+/g, ' ')
/** Without its type; "points" is "attr.points". */
const targetOf = (key: string) =>
  key
    .trim()
    .split(':')[0]
    ?.replace(/^attr\./, '') ?? ''
