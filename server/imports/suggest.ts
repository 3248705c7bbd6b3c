/**
 * Suggests the meaning of each column of a list: by the headers that shops and suites use, then by the cells. A suggestion is a key of the
 * mapping (phone, city, attr.points:number) or null; a person confirms it.
 */
import type { CountryCode } from 'libphonenumber-js/max'
import { normalForm } from '../../core/normal-form.ts'
import { trimEndWhere } from '../../core/trim.ts'
import { breather } from '../platform/breathe.ts'
import { isAttributeName } from '../profiles/attribute-name.ts'
import { readEmail } from '../profiles/email-check.ts'
import { checkPhone } from '../profiles/phone-check.ts'
import { guessType, readConsent, type Surroundings, styleOf } from './values.ts'

type Key = 'external_key' | 'phone' | 'email' | 'first_name' | 'last_name' | 'city' | 'sms_consent'

/** Lower-case words without spaces and punctuation; the first word counts that equals, begins or ends a header. */
const words: readonly [Key, readonly string[]][] = [
  [
    'email',
    [
      'email',
      'epost',
      'mail',
      'emailaddress',
      'emailadress',
      'epostadress',
      'epostadresse',
      'sähköposti',
      'correo',
      'courriel',
      'correoelectronico',
    ],
  ],
  [
    'sms_consent',
    [
      'samtyckesms',
      'smsconsent',
      'smssamtycke',
      'consent',
      'samtycke',
      'samtykke',
      'samtykkesms',
      'suostumus',
      'einwilligung',
      'consentement',
      'optin',
      'smsoptin',
      'zustimmung',
      'toestemming',
      'zgoda',
    ],
  ],
  [
    'external_key',
    [
      'kundnr',
      'kundnummer',
      'kundid',
      'kundenr',
      'kundennummer',
      'kundennr',
      'customerid',
      'customernumber',
      'customerno',
      'customerkey',
      'externalkey',
      'externalid',
      'memberid',
      'medlemsnummer',
      'medlemsnr',
      'asiakasnumero',
      'klantnummer',
      'numéroclient',
      'numeroclient',
      'crmid',
      'userid',
      'id',
    ],
  ],
  [
    'phone',
    [
      'mobil',
      'mobilnummer',
      'mobiltelefon',
      'mobile',
      'mobilephone',
      'mobilenumber',
      'cell',
      'cellphone',
      'phone',
      'phonenumber',
      'telefon',
      'telefonnummer',
      'telefonnr',
      'tel',
      'tlf',
      'puhelin',
      'matkapuhelin',
      'handy',
      'handynummer',
      'téléphone',
      'telephone',
      'móvil',
      'movil',
      'teléfono',
      'telefono',
      'mobiel',
      'gsm',
      'msisdn',
    ],
  ],
  [
    'first_name',
    [
      'förnamn',
      'fornamn',
      'firstname',
      'givenname',
      'fornavn',
      'etunimi',
      'vorname',
      'prénom',
      'prenom',
      'nombre',
      'voornaam',
      'nome',
      'imię',
      'imie',
    ],
  ],
  [
    'last_name',
    [
      'efternamn',
      'lastname',
      'surname',
      'familyname',
      'etternavn',
      'efternavn',
      'sukunimi',
      'nachname',
      'familienname',
      'nom',
      'apellido',
      'apellidos',
      'achternaam',
      'cognome',
      'nazwisko',
    ],
  ],
  [
    'city',
    [
      'ort',
      'stad',
      'postort',
      'city',
      'town',
      'by',
      'poststed',
      'kaupunki',
      'stadt',
      'wohnort',
      'ville',
      'ciudad',
      'woonplaats',
      'città',
      'citta',
      'miasto',
    ],
  ],
]

/** One per header, in their order; no key twice. */
export async function suggestMapping(
  headers: readonly string[],
  sample: readonly string[][],
  around: Surroundings & { country: CountryCode },
): Promise<(string | null)[]> {
  const taken = new Set<string>()
  const take = (key: string) => {
    if (taken.has(key)) return null
    taken.add(key)
    return key
  }
  const cellsOf = (i: number) => sample.map(row => (row[i] ?? '').trim()).filter(cell => cell !== '')
  const breathe = breather()
  const found: (string | null)[] = []
  for (const [i, header] of headers.entries()) {
    const key = keyOf(header)
    found[i] = key !== null && fits(key, cellsOf(i), around.country) ? take(key) : null
    await breathe()
  }
  for (const [i, header] of headers.entries()) {
    if (found[i]) continue
    const cells = cellsOf(i)
    const look = lookOf(cells, around.country, taken)
    found[i] = (look && take(look)) || attributeOf(header, cells, around, take)
    await breathe()
  }
  return found
}

function keyOf(header: string): Key | null {
  const word = normalForm(header.toLowerCase()).replace(/[^\p{L}\p{N}]/gu, '')
  for (const [key, names] of words) if (names.includes(word)) return key
  // "Kontaktens mobilnummer", "E-post (privat)"; short words would be part of too many headers.
  for (const [key, names] of words) {
    if (names.some(name => name.length >= 5 && (word.startsWith(name) || word.endsWith(name)))) return key
  }
  return null
}

/** A header can mislead: a column "Mobile" with yes and no contains no numbers. */
function fits(key: Key, cells: readonly string[], country: CountryCode): boolean {
  if (cells.length === 0) return true
  const share = (test: (cell: string) => boolean) => cells.filter(test).length / cells.length
  if (key === 'phone') return share(cell => checkPhone(cell, country).phone !== null) > 0.3
  if (key === 'email') return share(cell => cell.includes('@')) > 0.3
  if (key === 'sms_consent') return share(cell => readConsent(cell) !== null) > 0.8
  return true
}

/** By the cells alone: numbers and e-mail addresses are recognizable. */
function lookOf(cells: readonly string[], country: CountryCode, taken: ReadonlySet<string>): Key | null {
  if (cells.length === 0) return null
  const share = (test: (cell: string) => boolean) => cells.filter(test).length / cells.length
  if (!taken.has('email') && share(cell => readEmail(cell).valid) > 0.8) return 'email'
  // A plain number may be anything.
  const looksLikePhone = (cell: string) =>
    /^(?:\+|00|0)[\d\s()/-]{6,}$/.test(cell) && checkPhone(cell, country).phone !== null
  return !taken.has('phone') && share(looksLikePhone) > 0.7 ? 'phone' : null
}

function attributeOf(
  header: string,
  cells: readonly string[],
  around: Surroundings,
  take: (key: string) => string | null,
): string | null {
  const words = normalForm(header)
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}_.-]+/gu, '_')
    .replace(/^[^\p{L}]+/u, '')
  const name = trimEndWhere(words, sign => sign === '_').slice(0, 64)
  if (!isAttributeName(name) || !take(`attr.${name}`)) return null
  return `attr.${name}:${guessType(cells, styleOf(cells, around))}`
}
