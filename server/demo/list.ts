/**
 * A customer list to try Homing with: made, not real, and the same for the same seed. Most numbers are Swedish mobiles; some
 * are abroad, some missing or wrong, some shared, some people have said no, so that every part of the report has something.
 */

const firstNames = [
  'Alva',
  'Nils',
  'Elin',
  'Omar',
  'Sara',
  'Erik',
  'Maja',
  'Ali',
  'Freja',
  'Lars',
  'Ines',
  'Björn',
  'Aylin',
  'Ville',
  'Zoë',
  'Jonas',
  'Łucja',
  'Mohammed',
  'Astrid',
  'Per',
]
const lastNames = [
  'Andersson',
  'Haddad',
  'Nilsson',
  'Öberg',
  'Virtanen',
  'Larsen',
  'Müller',
  "O'Brien",
  'Sjögren',
  'Kowalska',
  'Hassan',
  'Lindqvist',
  'Berg',
  'Åkesson',
  'Dahl',
]
const cities = ['Stockholm', 'Göteborg', 'Malmö', 'Uppsala', 'Oslo', 'København', 'Helsinki', 'Umeå', 'Luleå', 'Visby']

export const demoMap =
  'external_key=customer_id,first_name=first_name,last_name=last_name,phone=mobile,email=email,city=city,attr.points:number=points,attr.customer_since:date=customer_since,sms_consent=sms_consent'

/** CSV in pieces of some hundred lines. */
export function* demoList(profiles: number, seed: number): Generator<string> {
  yield 'customer_id,first_name,last_name,mobile,email,city,points,customer_since,sms_consent\n'
  let lines: string[] = []
  for (let i = 1; i <= profiles; i++) {
    const pick = (salt: number, of: number) => mix(seed, i, salt) % of
    const first = firstNames[pick(1, firstNames.length)]!
    const last = lastNames[pick(2, lastNames.length)]!
    const phone = phoneOf(i, pick(3, 1000))
    const since = `${2015 + pick(5, 11)}-${two(1 + pick(6, 12))}-${two(1 + pick(7, 28))}`
    const consent = pick(8, 100) < 93 ? 'yes' : 'no'
    lines.push(
      `D${String(i).padStart(7, '0')},${first},"${last}",${phone},${i}@example.com,${cities[pick(9, cities.length)]},${pick(10, 5000)},${since},${consent}`,
    )
    if (lines.length === 500) {
      yield `${lines.join('\n')}\n`
      lines = []
    }
  }
  if (lines.length > 0) yield `${lines.join('\n')}\n`
}

/** share: 0..999 */
function phoneOf(i: number, share: number): string {
  const line = String(1_000_000 + (i % 9_000_000))
  if (share < 15) return ''
  if (share < 30) return '070-12'
  if (share < 40) return '08-123 456 78'
  // the number of the one before: a family's phone
  if (share < 60 && i > 1) return `+4670${String(1_000_000 + ((i - 1) % 9_000_000))}`
  if (share < 120) return `+4790${String(100_000 + (i % 900_000))}`
  return `+4670${line}`
}

const two = (n: number) => String(n).padStart(2, '0')

/** 32 bits that look random, from three numbers. */
function mix(seed: number, i: number, salt: number): number {
  let x = (Math.imul(seed | 0, 0x9e3779b1) ^ Math.imul(i, 0x85ebca6b) ^ Math.imul(salt, 0xc2b2ae35)) >>> 0
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d) >>> 0
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b) >>> 0
  return (x ^ (x >>> 16)) >>> 0
}
