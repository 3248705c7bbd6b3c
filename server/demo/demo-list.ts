/**
 * Customer lists to try Homing with: made, not real, and the same for the same seed. Person number i is the same in every list. Most
 * people have a Swedish mobile; some live abroad, some numbers are missing or wrong, some are shared, and some people have said no, so
 * that every part of the report has something.
 */
import { normalForm } from '../../core/normal-form.ts'
import { hash } from './chance.ts'

interface Country {
  /** of 1000 people */
  share: number
  first: readonly string[]
  last: readonly string[]
  cities: readonly string[]
  /** E.164; `line`: seven digits */
  phone(line: string): string
}

const words = (text: string) => text.split(' ')

const countries: readonly Country[] = [
  {
    share: 740,
    first: words(
      'Alva Nils Elin Omar Sara Erik Maja Ali Freja Lars Ines Björn Aylin Zoë Jonas Astrid Per Karin Leila Gustav',
    ),
    last: words(
      "Andersson Haddad Nilsson Öberg Sjögren Hassan Lindqvist Berg Åkesson Dahl Johansson O'Brien Ekström Nguyen Wallin",
    ),
    cities: words('Stockholm Göteborg Malmö Uppsala Umeå Luleå Visby Lund'),
    phone: line => `+4670${line}`,
  },
  {
    share: 110,
    first: words('Ingrid Ola Nora Sindre Jakob Emma Henrik Sofie Magnus Thea'),
    last: words('Hansen Larsen Olsen Solberg Haugen Moen Lie Bakken'),
    cities: words('Oslo Bergen Trondheim Stavanger'),
    phone: line => `+479${line}`,
  },
  {
    share: 70,
    first: words('Mads Ida Rasmus Clara Søren Maja Frederik Anna'),
    last: words('Jensen Nielsen Møller Rasmussen Kjær Holm'),
    cities: words('København Aarhus Odense'),
    phone: line => `+452${line}`,
  },
  {
    share: 55,
    first: words('Aino Ville Sanna Mikko Elias Helmi Oskari Emilia'),
    last: words('Virtanen Korhonen Mäkinen Nieminen Laine Heikkilä'),
    cities: words('Helsinki Turku Tampere'),
    phone: line => `+35840${line}`,
  },
  {
    share: 25,
    first: words('Łucja Mohammed Jonas Lena Piotr Greta'),
    last: words('Müller Kowalska Schmidt Weber Vogel'),
    cities: words('Berlin Hamburg Kiel'),
    phone: line => `+491511${line}`,
  },
]

export const demoMap =
  'external_key=customer_id,first_name=first_name,last_name=last_name,phone=mobile,email=email,city=city,attr.points:number=points,attr.customer_since:date=customer_since,sms_consent=sms_consent'

const header = 'customer_id,first_name,last_name,mobile,email,city,points,customer_since,sms_consent\n'
const linesAtOnce = 500

/** The numbers of a list that was bought: many of them are out of use. */
export const boughtNumbers = '+4672'

export interface DemoList {
  /** numbers of the people, from 1 */
  from: number
  to: number
  /** its people have Swedish numbers that begin with `boughtNumbers` */
  bought?: boolean
  seed: number
}

/** CSV in pieces of some hundred lines. */
export function* demoList({ from, to, bought = false, seed }: DemoList): Generator<string> {
  yield header
  for (let first = from; first <= to; first += linesAtOnce) {
    const lines = Array.from({ length: Math.min(linesAtOnce, to - first + 1) }, (_, i) =>
      lineOf(first + i, seed, bought),
    )
    yield `${lines.join('\n')}\n`
  }
}

function lineOf(i: number, seed: number, bought: boolean): string {
  const pick = (salt: number, of: number) => hash(seed, i, salt) % of
  const of = <Item>(salt: number, items: readonly Item[]) => items[pick(salt, items.length)]!
  const country = bought ? countries[0]! : countryAt(pick(3, 1000))
  const first = of(1, country.first)
  const last = of(2, country.last)
  const number = lineNumber(i)
  const since = `${2015 + pick(5, 11)}-${two(1 + pick(6, 12))}-${two(1 + pick(7, 28))}`
  const consent = pick(8, 100) < 93 ? 'yes' : 'no'
  const phone = bought ? `${boughtNumbers}${number}` : phoneOf(i, country, pick(4, 1000))
  const email = `${plain(first)}.${plain(last)}${i}@example.com`
  return `C${1_000_000 + i},${first},"${last}",${phone},${email},${of(9, country.cities)},${pick(10, 5000)},${since},${consent}`
}

function countryAt(share: number): Country {
  let left = share
  for (const country of countries) {
    left -= country.share
    if (left < 0) return country
  }
  return countries[0]!
}

/** share: 0..999 */
function phoneOf(i: number, country: Country, share: number): string {
  if (share < 15) return ''
  if (share < 30) return '070-12'
  if (share < 40) return '08-123 456 78'
  // the number of the one before: a family's phone
  if (share < 60 && i > 1) return `+4670${lineNumber(i - 1)}`
  return country.phone(lineNumber(i))
}

/** Different for each of a million people, and without an order that one sees. */
const lineNumber = (i: number) => String(1_000_000 + ((i * 7_654_321) % 8_999_993))

/** As in an address: without accents and characters. */
const plain = (name: string) =>
  normalForm(name, 'NFKD')
    .replace(/[^a-z]/gi, '')
    .toLowerCase()

const two = (n: number) => String(n).padStart(2, '0')
