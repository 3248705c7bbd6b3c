/** The contents of an imported list: numbers by kind and country, reach, consent. */
import { Grid } from '@mantine/core'
import { countryName } from '../ui/countries.ts'
import { type Fact, Facts } from '../ui/Facts.tsx'
import { count } from '../ui/numbers.ts'
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
  ['sharedNumberSurplus', 'Rows that share their number with another row'],
  ['distinctCustomerIds', 'Distinct keys'],
  ['repeatedCustomerIds', 'Duplicate keys (the last row is used)'],
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
