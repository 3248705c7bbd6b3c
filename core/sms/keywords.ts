/**
 * What does a reply want: out, in, help, or a person's eye?
 *
 * Always: an opt-out that is clear is acted on without a person, in any language of the table, however it is cased,
 * accented, quoted or decorated; what only resembles one goes to a person and is never silently dropped. In doubt between
 * the two a text that begins with STOP is an opt-out: a wrong one is corrected by START, a missed one is not. "Stop by the
 * door?" is no doubt: it continues as a sentence. START lifts an opt-out, so only its plain words count, never a mere "yes" in
 * another language than English.
 * Source: FCC 47 CFR 64.1200(a)(10), the CTIA handbook, the published lists of Twilio, AWS, Telnyx and Braze.
 */
import { normalForm } from '../normal-form.ts'
import { trimWhere } from '../trim.ts'

export type ReplyKind = 'opt_out' | 'opt_out_all' | 'opt_in' | 'help' | 'looks_like_opt_out' | 'other'

export interface Reply {
  kind: ReplyKind
  /** The keyword that decided, as the table has it (plain: lower case, without accents). */
  keyword?: string
}

/** The owner of the number that was answered: names that may follow a keyword (`STOP ACME`). */
export interface ReplyContext {
  brand?: string
  sender?: string
}

/** Keywords by kind and language, plain as `plain` makes them. A language's words hold for every reply. */
export const keywords: Readonly<
  Record<'opt_out_all' | 'opt_out' | 'opt_in' | 'help', Readonly<Record<string, readonly string[]>>>
> = {
  opt_out_all: {
    en: ['stopall', 'stop all'],
    sv: ['stopp alla', 'stopp allt', 'stoppa alla', 'stoppa allt'],
    nb: ['stopp alt', 'stopp alle'],
    da: ['stop alt', 'stop alle'],
    de: ['stopp alle', 'stop alle', 'stopp alles', 'stop alles'],
    fr: ['stop tout', 'arret tout'],
    nl: ['stop alles'],
    es: ['parar todo', 'baja todo', 'stop todo'],
    pt: ['parar tudo', 'stop tudo'],
    it: ['stop tutto', 'stop tutti'],
    ru: ['стоп все'],
    uk: ['стоп все', 'стоп усе'],
  },
  opt_out: {
    en: [
      'stop',
      'unsubscribe',
      'end',
      'quit',
      'cancel',
      'revoke',
      'opt out',
      'opt-out',
      'optout',
      'remove',
      'td',
      'opt me out',
      'please opt me out',
      'unsubscribe me',
      'remove me',
      'stop it',
      'stop now',
    ],
    sv: ['stopp', 'stop', 'stoppa', 'avsluta', 'avregistrera', 'avanmal', 'sluta', 'ta bort', 'avbryt'],
    nb: ['stopp', 'stop', 'avmeld', 'avslutt', 'slett', 'avbryt'],
    da: ['stop', 'afmeld', 'frameld', 'slet'],
    fi: ['lopeta', 'poista', 'peruuta', 'seis', 'stop'],
    de: ['stopp', 'stop', 'abmelden', 'abbestellen', 'austragen', 'ende'],
    fr: ['arret', 'arreter', 'arretez', 'desabonner', 'desabonnement', 'desinscrire', 'desinscription', 'stop'],
    nl: ['stop', 'afmelden', 'uitschrijven', 'stoppen'],
    es: ['baja', 'alto', 'parar', 'cancelar', 'detener', 'darse de baja', 'darme de baja', 'dar de baja'],
    pl: ['stop', 'rezygnuje', 'rezygnacja', 'wypisz', 'wypisz mnie', 'koniec'],
    pt: ['parar', 'pare', 'sair', 'cancelar', 'descadastrar', 'remover'],
    it: ['stop', 'cancella', 'cancellami', 'disiscrivi', 'disiscrivimi', 'annulla', 'basta'],
    ru: ['стоп', 'отписаться', 'отписка', 'отпишите', 'отпишите меня', 'отмена', 'отказ', 'удалить', 'хватит'],
    uk: [
      'стоп',
      'відписатися',
      'відписатись',
      'відписка',
      'відпишіть мене',
      'скасувати',
      'відмова',
      'видалити',
      'годі',
    ],
    he: ['הסר', 'הסרה', 'הסירו', 'להסיר', 'הסר אותי', 'הסירו אותי', 'סטופ', 'עצור', 'הפסק', 'ביטול', 'די'],
    ar: ['توقف', 'أوقف', 'إيقاف', 'وقف', 'قف', 'ستوب', 'إلغاء', 'إلغاء الاشتراك', 'الغ الاشتراك', 'إنهاء'],
    el: ['στοπ', 'διακοπή', 'σταμάτα', 'σταματήστε', 'διαγραφή', 'απεγγραφή', 'κατάργηση', 'ακύρωση', 'τέλος'],
    tr: ['dur', 'durdur', 'ret', 'iptal', 'çık', 'çıkış', 'abonelikten çık', 'üyelikten çık', 'stop'],
  },
  opt_in: {
    en: ['start', 'yes', 'unstop'],
    sv: ['starta'],
    fi: ['aloita'],
    de: ['starten', 'anmelden'],
    fr: ['demarrer', 'reprendre'],
    nl: ['starten'],
    es: ['iniciar', 'alta'],
    pl: ['wznow'],
    pt: ['iniciar', 'comecar'],
    it: ['inizia', 'riprendi'],
    ru: ['старт', 'подписаться', 'возобновить'],
    uk: ['старт', 'почати', 'підписатися', 'підписатись', 'відновити'],
    he: ['התחל', 'הצטרף', 'הצטרפות'],
    ar: ['ابدأ', 'بدء', 'اشتراك', 'اشترك', 'ستارت'],
    el: ['έναρξη', 'εγγραφή', 'ξεκίνα'],
    tr: ['başla', 'başlat', 'abone ol'],
  },
  help: {
    en: ['help', 'info'],
    sv: ['hjalp'],
    nb: ['hjelp'],
    da: ['hjælp'],
    fi: ['apua', 'ohje'],
    de: ['hilfe'],
    fr: ['aide'],
    nl: ['hulp'],
    es: ['ayuda'],
    pl: ['pomoc'],
    pt: ['ajuda'],
    it: ['aiuto'],
    ru: ['помощь', 'справка', 'инфо'],
    uk: ['допомога', 'довідка', 'інфо'],
    he: ['עזרה', 'מידע'],
    ar: ['مساعدة', 'معلومات'],
    el: ['βοήθεια', 'πληροφορίες'],
    tr: ['yardım', 'bilgi'],
  },
}

/**
 * Letters that are written for one another. The GSM alphabet has only those Greek capitals that Latin lacks, so a phone sends
 * ΣΤΟΠ as Σ, Latin T and O, Π; Turkish has an i without its dot; Arabic and Persian keyboards have other forms of ya and kaf.
 */
const lookalike = new Map<string, string>([
  ...pairs('ıłς', 'ilσ'),
  ...pairs('αβεζηικμνορτυχ', 'abezhikmnoptyx'),
  ...pairs('авекмнорстухі', 'abekmhopctyxi'),
  ...pairs('\u06a9\u06cc\u0649', '\u0643\u064a\u064a'),
])

/** Everyday words: they count only as the whole text, and are no sign of an opt-out inside of another sentence. */
const soft = new Set(
  [
    ...['end', 'cancel', 'quit', 'yes', 'remove', 'td', 'info', 'stop it', 'stop now'],
    ...['sluta', 'ta bort', 'avbryt', 'stoppa', 'slet', 'slett', 'seis', 'poista', 'peruuta', 'ohje', 'ende'],
    ...['baja', 'alto', 'parar', 'cancelar', 'detener', 'alta', 'iniciar', 'arreter', 'arretez', 'reprendre'],
    ...['sair', 'pare', 'remover', 'comecar', 'cancella', 'annulla', 'basta', 'inizia', 'koniec', 'stoppen', 'starten'],
    ...['отмена', 'отказ', 'удалить', 'хватит', 'скасувати', 'відмова', 'видалити', 'годі', 'почати', 'відновити'],
    ...['עצור', 'הפסק', 'ביטול', 'די', 'מידע', 'להסיר', 'הסרה', 'وقف', 'قف', 'إلغاء', 'إنهاء', 'معلومات', 'بدء'],
    ...['διακοπή', 'διαγραφή', 'κατάργηση', 'ακύρωση', 'τέλος', 'έναρξη', 'εγγραφή', 'πληροφορίες'],
    ...['dur', 'ret', 'iptal', 'çık', 'çıkış', 'bilgi', 'başla'],
  ].map(plainLine),
)
/** As the first word of a short text these are enough: `Stopp tack`, `stop please!!`. */
const leading = new Set(
  ['stop', 'stopp', 'unsubscribe', 'avsluta', 'lopeta', 'abmelden', 'afmelden', 'стоп', 'στοπ', 'הסר', 'توقف'].map(
    plainLine,
  ),
)
const maxLeadingWords = 4
/** A visit, not a wish: "Stop by the door?", "stop at your shop". */
const visit = /^stop (by|in|at|over|off|near|outside|along) (the|my|your|our|his|her|their|a|an|this|that) /

/** What a person says who wants out and knows no keyword. */
const phrases = [
  'do not text',
  "don't text",
  'dont text',
  'stop texting',
  'stop sending',
  'stop messaging',
  'no more texts',
  'no more messages',
  'leave me alone',
  'take me off',
  'remove me',
  'wrong number',
  'opt me out',
  'sluta skicka',
  'sluta smsa',
  'skicka inte',
  'inga fler sms',
  'vill inte ha',
  'ta bort mig',
  'ta bort mitt nummer',
  'fel nummer',
  'ikke send',
  'slutt a sende',
  'keine sms',
  'keine nachrichten',
  'pas de sms',
  'plus de sms',
  'no mas mensajes',
  'не присылайте',
  'не пишите',
  'не надсилайте',
  'לא לשלוח',
  'תפסיקו לשלוח',
  'لا ترسل',
  'لا ترسلوا',
  'μη μου στέλνετε',
  'mesaj istemiyorum',
  'mesaj atmayın',
].map(plainLine)

/** A line that a phone adds below the text. */
const signature =
  /^(--|sent from my|get outlook for|skickat fran min|sendt fra min|lahetetty|von meinem|envoye de(puis)? mon|verstuurd vanaf|enviado desde mi)/

/** Only so much of a reply is read; ten parts are far more than any keyword needs. */
const maxReplyLength = 1600
/** And of a brand or a sender: nobody writes a longer one behind a keyword. */
const maxNameLength = 100

const kindOf = new Map<string, Exclude<ReplyKind, 'looks_like_opt_out' | 'other'>>()
for (const kind of ['help', 'opt_in', 'opt_out', 'opt_out_all'] as const) {
  for (const words of Object.values(keywords[kind])) for (const word of words) kindOf.set(plainLine(word), kind)
}

/** A text that tells people to send this word tells them a way out; an everyday word only where it is written in capitals. */
export function isOptOutWord(word: string): boolean {
  const own = plainLine(word)
  const kind = kindOf.get(own)
  if (kind !== 'opt_out' && kind !== 'opt_out_all') return false
  if (['stop', 'stopp', 'unsubscribe'].includes(own)) return true
  // Hebrew and Arabic have no capitals: there an everyday word tells nothing.
  const hasCase = word.toUpperCase() !== word.toLowerCase()
  return hasCase ? word === word.toUpperCase() : !soft.has(own)
}
const telling = [...kindOf]
  .filter(([word, kind]) => kind.startsWith('opt_out') && !soft.has(word))
  .map(([word]) => word)

/** Classifies a reply. Never throws; an empty text is `other`. */
export function classifyReply(text: string, context: ReplyContext = {}): Reply {
  const lines = text
    .slice(0, maxReplyLength)
    .split(/[\r\n]+/)
    .map(plainLine)
    .filter(line => line !== '')
  while (lines.length > 1 && signature.test(lines.at(-1)!)) lines.pop()
  const whole = lines.join(' ')
  const exact = exactKeyword(whole, context)
  if (exact) return exact
  const words = whole.split(' ')
  const first = words[0]!
  if (leading.has(first) && words.length <= maxLeadingWords && !visit.test(`${whole} `))
    return { kind: 'opt_out', keyword: first }
  // STOP alone on its line, whatever else was quoted or signed below it.
  const line = lines.length > 1 ? exactKeyword(lines[0]!, context) : undefined
  if (line?.kind.startsWith('opt_out') && !soft.has(line.keyword!)) return line
  const padded = ` ${whole} `
  const hint = [...telling, ...phrases].find(word => padded.includes(` ${word} `))
  return hint ? { kind: 'looks_like_opt_out', keyword: hint } : { kind: 'other' }
}

function pairs(from: string, to: string): [string, string][] {
  return [...from].map((character, i) => [character, to[i]!])
}

/** The text is a keyword, a keyword and the brand or sender, or a keyword spelt with spaces. */
function exactKeyword(text: string, { brand, sender }: ReplyContext): Reply | undefined {
  const joined = /^\S( \S){2,}$/.test(text) ? text.replaceAll(' ', '') : text
  const kind = kindOf.get(joined)
  if (kind) return { kind, keyword: joined }
  for (const name of [brand, sender]) {
    const own = name === undefined ? '' : plainLine(name.slice(0, maxNameLength))
    if (own === '' || !text.endsWith(` ${own}`)) continue
    const keyword = text.slice(0, -own.length - 1)
    const named = soft.has(keyword) ? undefined : kindOf.get(keyword)
    if (named) return { kind: named, keyword }
  }
  return undefined
}

/**
 * One line without what does not matter: width, case, accents, emoji, marks of zero width and of direction, outer punctuation,
 * double spaces, and which alphabet a letter that looks the same is of.
 */
export function plainLine(line: string): string {
  const bare = normalForm(normalForm(line, 'NFKC').toLowerCase(), 'NFD')
    .replace(/[\p{M}\p{Cf}\u0640\p{Extended_Pictographic}\u{1F1E6}-\u{1F1FF}\u{1F3FB}-\u{1F3FF}]/gu, '')
    .replace(
      /[\u0131ł\u0370-\u03ff\u0400-\u04ff\u06a9\u06cc\u0649]/g,
      character => lookalike.get(character) ?? character,
    )
    .replace(/[’‘`´]/g, "'")
    .replace(/[\s\p{Cc},;.!?:\u060c\u061b\u061f]+/gu, ' ')
  return trimWhere(bare, character => /[\p{P}\p{S}\s]/u.test(character))
}
