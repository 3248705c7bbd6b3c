/** The contents of an imported list: numbers by kind and country, reach, consent. */
import { Grid } from '@mantine/core'
import { countryName } from '../../core/country-names.ts'
import { type Fact, Facts } from '../ui/Facts.tsx'
import { count, plural } from '../ui/numbers.ts'
import { Panel } from '../ui/Panel.tsx'

const phoneLabels: readonly (readonly [string, string])[] = [
  ['mobile', 'Mobile'],
  ['fixedOrMobile', 'Mobile or landline'],
  ['fixed', 'Landline'],
  ['other', 'Other kinds'],
  ['invalid', 'Invalid'],
  ['empty', 'Empty'],
]
const reachLabels: readonly (readonly [string, string])[] = [
  ['distinctSendableNumbers', 'Numbers that can get an SMS'],
  ['consentYes', 'Rows with consent'],
  ['sendableWithConsent', 'Rows with consent and a number that can get an SMS'],
  ['distinctSendableNumbersWithConsent', 'Numbers with consent'],
  ['sharedNumberSurplus', 'Duplicate numbers'],
  ['distinctCustomerIds', 'Distinct profiles'],
  ['repeatedCustomerIds', 'Duplicate rows (the last one is used)'],
]

export function ImportFacts({ facts }: { facts: Readonly<Record<string, unknown>> }) {
  const phone = numbersOf(facts.phone)
  const byCountry = Object.entries(numbersOf(facts.byCountry)).sort(([, a], [, b]) => b - a)
  return (
    <Grid gap="md" className="figures">
      <Grid.Col span={{ base: 12, sm: 6 }}>
        <Panel title="Reach">
          <Facts facts={listed(reachLabels, facts)} />
        </Panel>
      </Grid.Col>
      <Grid.Col span={{ base: 12, sm: 6 }}>
        <Panel title="Phone numbers">
          <Facts facts={listed(phoneLabels, phone)} />
        </Panel>
      </Grid.Col>
      {byCountry.length > 0 && (
        <Grid.Col span={{ base: 12, sm: 6 }}>
          <Panel title="Countries">
            <Facts facts={byCountry.slice(0, 20).map(([code, n]): Fact => [countryName(code), count(n)])} />
          </Panel>
        </Grid.Col>
      )}
    </Grid>
  )
}

/** What a marketer wants to know first: how many people the list lets one reach. */
export function reachWords(facts: Readonly<Record<string, unknown>>): { title: string; more: string | null } {
  const { reach } = facts
  if (typeof reach === 'object' && reach !== null && 'people' in reach && 'topic' in reach) {
    const people = Number(reach.people)
    return { title: `${plural(people, 'person', 'people')} can get an SMS about ${String(reach.topic)}`, more: null }
  }
  const numbers = Number(facts.distinctSendableNumbers ?? 0)
  return {
    title: `${plural(numbers, 'number')} can get an SMS`,
    more: 'No consent was imported. A person gets an SMS only after a consent to its topic.',
  }
}

/** Rows to fix: the kinds that the import counted. */
export function invalidNumbers(facts: Readonly<Record<string, unknown>>): number {
  return numbersOf(facts.phone).invalid ?? 0
}

/** Only the facts that the import reported. */
function listed(labels: readonly (readonly [string, string])[], values: Readonly<Record<string, unknown>>): Fact[] {
  return labels.flatMap(([key, label]): Fact[] => {
    const value = values[key]
    return typeof value === 'number' ? [[label, count(value)]] : []
  })
}

function numbersOf(value: unknown): Record<string, number> {
  if (typeof value !== 'object' || value === null) return {}
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, number] => typeof entry[1] === 'number'),
  )
}
