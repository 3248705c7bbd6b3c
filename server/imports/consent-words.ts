/**
 * Reads the cells of a consent column. The words of many languages and suites are known. What else a list says ("Guld", "2") is asked once per
 * column, and the answers are part of the import's options. A word without an answer is no consent and no refusal, and costs no row.
 */
import { folded } from './read-header.ts'

/** What a person has said about the words that `readConsent` does not know. */
export interface ConsentAnswers {
  yes: readonly string[]
  no: readonly string[]
}

export const noAnswers: ConsentAnswers = { yes: [], no: [] }

/** More different cells are no yes and no. */
export const maxWords = 20
/** A longer cell is no word. */
const maxLength = 100

const yes = words(
  'ja, yes, y, j, t, true, 1, x, on, ok, okay, si, oui, o, tak, kylla, k, igen, ano, sim, jah, taip, evet, e, da, hai, vrai, wahr, sant, sand, sann, tosi, verdadero, verdadeiro, vero, waar, prawda, да, так, ναι, истина, dogru, ✓, ✔, ☑, ✅, subscribed, opted in, opted-in, opt in, opt-in, optin, optedin, consented, granted, given, confirmed, accepted, allowed, agreed, single opt-in, double opt-in, active consent, yes please, angemeldet, zugestimmt, erteilt, inscrit, abonne, accepte, suscrito, acepta, acepto, iscritto, accetto, subscrito, aceita, aceito, zapisany, wyrazono, onayli, onayladi, izinli, kabul, onay, godkand, godkant, samtycke, samtycker, samtyckt, samtykke, samtykker, samtykket, tilmeldt, prenumererar, abonnerer, accepterar, ja tack, ja tak, ja takk, hyvaksytty, sallittu, suostunut, annettu, akkoord, ingeschreven, aangemeld, συμφωνω, αποδεκτο, εγγεγραμμενος',
)
const no = words(
  'nej, no, n, f, false, 0, nein, non, nei, ei, nie, ne, nee, nao, off, faux, falsch, falskt, falsk, usann, epatosi, falso, onwaar, falsz, nem, hayir, h, yanlis, нет, ні, όχι, οχι, ложь, ✗, ✘, ☐, ❌, never_subscribed, never subscribed, not subscribed, not_subscribed, non-subscribed, nonsubscribed, unsubscribed, opted out, opted-out, opt out, opt-out, optout, optedout, not opted in, withdrawn, revoked, denied, declined, refused, rejected, blocked, blacklisted, suppressed, cleaned, bounced, redacted, invalid, not given, not set, not accepted, none, no thanks, do not contact, do not send, stop, abgemeldet, widerrufen, abgelehnt, nicht erteilt, desinscrit, desabonne, refuse, refus, baja, rechaza, disiscritto, rifiuta, rifiuto, cancelado, recusa, wypisany, cofnieta, odmowa, brak zgody, iptal, red, ret, onaysiz, izinsiz, avregistrerad, avanmald, aterkallat, aterkallad, nekad, nekat, sparrad, nej tack, nej tak, nei takk, trukket, avmeldt, afmeldt, reservert, frameldt, kielletty, peruttu, kielto, ei lupaa, niet akkoord, uitgeschreven, afgemeld, ανακληθηκε, αρνηση',
)
/** What databases and people write for an empty cell. */
const blank = words(
  '-, –, —, null, (null), nil, n/a, #n/a, na, \\n, unknown, okand, ukendt, ukjent, unbekannt, inconnu, desconocido, undefined, ?, .',
)

export type ConsentReading = boolean | null | 'unknown'

/** null: the cell says nothing. */
export function readConsent(given: string, answers: ConsentAnswers = noAnswers): ConsentReading {
  const word = consentWord(given)
  if (word === '' || blank.has(word)) return null
  if (given.length > maxLength) return 'unknown'
  if (answers.no.some(answer => consentWord(answer) === word)) return false
  if (answers.yes.some(answer => consentWord(answer) === word)) return true
  return no.has(word) ? false : yes.has(word) ? true : 'unknown'
}

export interface ConsentWords {
  yes: string[]
  no: string[]
  /** A person must say what they mean. */
  unknown: string[]
}

/** The different words of a column as it writes them, the commonest first; null if there are too many for a yes and no. */
export function wordsOfColumn(cells: readonly string[]): ConsentWords | null {
  const counted = new Map<string, { given: string; n: number }>()
  for (const cell of cells) {
    const key = consentWord(cell)
    if (key === '') continue
    const found = counted.get(key)
    if (found !== undefined) found.n++
    else if (counted.size === maxWords || cell.length > maxLength) return null
    else counted.set(key, { given: cell.trim(), n: 1 })
  }
  const found: ConsentWords = { yes: [], no: [], unknown: [] }
  for (const { given } of [...counted.values()].sort((a, b) => b.n - a.n)) {
    const read = readConsent(given)
    if (read !== null) found[read === 'unknown' ? 'unknown' : read ? 'yes' : 'no'].push(given)
  }
  return found
}

/** The form in which words are compared: without case, accents and spaces around them. */
export function consentWord(given: string): string {
  return folded(given.slice(0, maxLength).trim()).replace(/\s+/g, ' ')
}

function words(list: string): ReadonlySet<string> {
  return new Set(list.split(', ').map(consentWord))
}
