/** Which attribute did somebody mean who wrote its name in another way, or in another language? */
import { normalForm } from '../normal-form.ts'

const synonyms: Readonly<Record<string, readonly string[]>> = {
  first_name: [
    ...[
      'fname',
      'first',
      'firstname',
      'givenname',
      'forename',
      'name',
      'namn',
      'fornamn',
      'tilltalsnamn',
      'vorname',
      'prenom',
    ],
    ...[
      'fornavn',
      'navn',
      'etunimi',
      'nimi',
      'nombre',
      'voornaam',
      'naam',
      'nome',
      'imie',
      'jmeno',
      'recipientname',
      'username',
    ],
  ],
  last_name: [
    'lname',
    'last',
    'lastname',
    'surname',
    'familyname',
    'efternamn',
    'nachname',
    'etternavn',
    'efternavn',
    'sukunimi',
    'apellido',
    'achternaam',
    'cognome',
    'nazwisko',
  ],
  email: ['mail', 'emailaddress', 'epost', 'epostadress'],
  phone: ['mobile', 'mobilephone', 'phonenumber', 'mobil', 'telefon', 'mobilnummer', 'telefonnummer', 'msisdn'],
  city: ['town', 'ort', 'stad', 'stadt', 'ville', 'ciudad', 'by', 'postort'],
  external_key: ['id', 'key', 'customerid', 'externalid', 'kundnummer', 'kundnr', 'userid'],
  unsubscribe: [
    ...[
      'unsub',
      'unsubscribelink',
      'unsubscribeurl',
      'optout',
      'optoutlink',
      'optouturl',
      'avregistrera',
      'avregistreringslank',
    ],
    ...['avprenumerera', 'stop', 'stoplink', 'abmelden', 'desabonnement'],
  ],
}
const canonical = new Map(
  Object.entries(synonyms).flatMap(([name, others]) => others.map(other => [other, name] as const)),
)

/** Longer names are compared letter by letter only. */
const maxCompared = 40

/** Answers for one text: the names are read once. */
export class TagNames {
  readonly all: readonly string[]
  readonly #known: ReadonlyMap<string, string> | undefined

  /** `attributes`: undefined where they are not known: then those that every workspace has count. */
  constructor(attributes: ReadonlySet<string> | undefined) {
    this.all = [...(attributes ?? [])]
    this.#known = attributes && new Map([...this.all, 'unsubscribe'].map(name => [plain(name), name]))
  }

  /** The one attribute, or `unsubscribe`, that a name surely means: written in another way, in another language, or as a part of a path. */
  meant(written: string): string | undefined {
    for (const part of new Set([written, written.slice(written.lastIndexOf('.') + 1)])) {
      const name = plain(part)
      const synonym = canonical.get(name)
      const found =
        this.#known === undefined
          ? canonicalOf(name)
          : (this.#known.get(name) ?? (synonym && this.#known.get(plain(synonym))))
      if (found !== undefined) return found
    }
    return undefined
  }

  /** As `meant`; else the nearest name, where a letter or two differ. */
  nearest(written: string): string | undefined {
    const name = plain(written)
    const found = this.meant(written)
    if (found !== undefined || name.length < 4 || name.length > maxCompared) return found
    const near = [...(this.#known ?? [])]
      .filter(([known]) => known.length >= 4 && Math.abs(known.length - name.length) <= 2)
      .map(([known, attribute]) => ({ attribute, distance: distanceOf(known, name) }))
      .filter(({ distance }) => distance <= (name.length < 7 ? 1 : 2))
      .sort((a, b) => a.distance - b.distance)
    return near[0]?.attribute
  }
}

function canonicalOf(name: string): string | undefined {
  return canonical.get(name) ?? Object.keys(synonyms).find(known => plain(known) === name)
}

/** Without case, accents and what separates words. */
function plain(name: string): string {
  return normalForm(name, 'NFD')
    .toLowerCase()
    .replace(/[\s_.\-\u0300-\u036f]/g, '')
}

/** Letters to add, remove, replace or exchange with their neighbour. */
function distanceOf(a: string, b: string): number {
  let [older, before]: number[][] = [[], Array.from({ length: b.length + 1 }, (_, i) => i)]
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let k = 1; k <= b.length; k++) {
      const cost = a[i - 1] === b[k - 1] ? 0 : 1
      let least = Math.min(before![k]! + 1, row[k - 1]! + 1, before![k - 1]! + cost)
      if (i > 1 && k > 1 && a[i - 1] === b[k - 2] && a[i - 2] === b[k - 1]) least = Math.min(least, older![k - 2]! + 1)
      row.push(least)
    }
    ;[older, before] = [before, row]
  }
  return before![b.length]!
}
