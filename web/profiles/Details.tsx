/** The personal data of a profile: keys, address, attributes with their types, tags. */
import { Text } from '@mantine/core'
import type { ReactNode } from 'react'
import { attributeTypeWords } from '../../core/attributes.ts'
import { type Fact, Facts } from '../ui/Facts.tsx'
import { count, none } from '../ui/numbers.ts'
import { Panel } from '../ui/Panel.tsx'
import { Time } from '../ui/Time.tsx'
import { ProfileTags } from './ProfileTags.tsx'
import type { Profile } from './queries.ts'

export function Details({ profile }: { profile: Profile }) {
  const names = Object.keys({ ...profile.attributesWritten, ...profile.attributes }).sort((a, b) => a.localeCompare(b))
  return (
    <>
      <Panel title="Details">
        <Facts
          facts={[
            ['First name', directedText(profile.firstName)],
            ['Last name', directedText(profile.lastName)],
            [
              'E-mail',
              profile.email === null
                ? none
                : profile.emailValid
                  ? profile.email
                  : noted(profile.email, 'not a valid address'),
            ],
            ['Key', profile.externalKey === null ? none : directedText(profile.externalKey)],
            ['Tags', <ProfileTags key="tags" profile={profile} />],
            [
              'Profile ID',
              <span key="id" className="figures">
                {profile.profileId}
              </span>,
            ],
            ['Created', <Time key="created" at={profile.createdAt} />],
            profile.updatedAt !== profile.createdAt && ['Changed', <Time key="changed" at={profile.updatedAt} />],
          ]}
        />
      </Panel>
      <Panel title="Attributes">
        {names.length > 0 ? (
          <Facts facts={names.map((name): Fact => [name, attributeOf(profile, name)])} />
        ) : (
          <Text size="sm" c="dimmed">
            No attributes yet. Import a file to add them: any column can become an attribute.
          </Text>
        )}
      </Panel>
    </>
  )
}

/** A written form is shown as it was written; where that is none of the type, conditions do not find it. */
function attributeOf({ attributes, attributesWritten, attributeTypes }: Profile, name: string): ReactNode {
  const [value, written, type] = [attributes[name], attributesWritten[name], attributeTypes[name]]
  if (value !== undefined)
    return written === undefined ? <Value key={name} value={value} type={type} /> : directedText(written)
  return noted(written ?? '', `not a ${attributeTypeWords[type ?? 'text'].toLowerCase()}`)
}

/** In its own text direction. */
export function directedText(value: string | null): ReactNode {
  return value === null ? none : <bdi>{value}</bdi>
}

export function noted(value: string, note: string): ReactNode {
  return (
    <>
      <bdi>{value}</bdi>{' '}
      <Text span inherit c="dimmed">
        ({note})
      </Text>
    </>
  )
}

const wholeDay = /^\d{4}-\d\d-\d\d$/

/** A number with thousands separators, a date in words, a text unchanged with its line breaks. */
function Value({ value, type }: { value: string | number; type: string | undefined }) {
  if (typeof value === 'number')
    return <span className="figures">{Number.isInteger(value) ? count(value) : value}</span>
  if (type === 'date' && wholeDay.test(value)) return <time dateTime={value}>{dayOf(value)}</time>
  return (
    <Text span inherit dir="auto" style={{ whiteSpace: 'pre-wrap', unicodeBidi: 'plaintext' }}>
      {value}
    </Text>
  )
}

/** A date has no time zone: "17 May 2024". */
function dayOf(value: string): string {
  const at = new Date(`${value}T12:00:00Z`)
  return Number.isNaN(at.getTime())
    ? value
    : at.toLocaleDateString('en-GB', { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' })
}
