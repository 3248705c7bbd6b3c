/**
 * What does a reply want: out, in, help, or a person's eye?
 *
 * Always: an opt-out that is clear is acted on without a person, in any language of the table, however it is cased,
 * accented, quoted or decorated; what only resembles one goes to a person and is never silently dropped. In doubt between
 * the two a text that begins with STOP is an opt-out: a wrong one is mended by START, a missed one is not.
 * Source: FCC 47 CFR 64.1200(a)(10), the CTIA handbook, the published lists of Twilio, AWS and Telnyx.
 */
export type ReplyKind = 'opt_out' | 'opt_out_all' | 'opt_in' | 'help' | 'looks_like_opt_out' | 'other'

export interface Reply {
  kind: ReplyKind
  /** The keyword that decided, as the table has it (plain: lower case, without accents). */
  keyword?: string
}

/** Whose number was answered: names that may follow a keyword (`STOP ACME`). */
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
    ],
    sv: ['stopp', 'stop', 'avsluta', 'avregistrera', 'sluta', 'ta bort'],
    nb: ['stopp', 'stop', 'avmeld', 'slett'],
    da: ['stop', 'afmeld', 'slet'],
    fi: ['lopeta', 'poista', 'seis', 'stop'],
    de: ['stopp', 'stop', 'abmelden', 'ende'],
    fr: ['arret', 'stop'],
    nl: ['stop', 'afmelden', 'stoppen'],
    es: ['baja', 'alto', 'parar', 'cancelar'],
    pl: ['stop', 'rezygnuje'],
    pt: ['parar', 'sair'],
    it: ['stop', 'cancella'],
  },
  opt_in: { en: ['start', 'yes', 'unstop'] },
  help: {
    en: ['help', 'info'],
    sv: ['hjalp'],
    nb: ['hjelp'],
    da: ['hjælp'],
    fi: ['apua'],
    de: ['hilfe'],
    fr: ['aide'],
    nl: ['hulp'],
    es: ['ayuda'],
    pl: ['pomoc'],
    pt: ['ajuda'],
    it: ['aiuto'],
  },
}

/** Everyday words: they count only as the whole text, and are no sign of an opt-out inside of another sentence. */
const soft = new Set([
  'end',
  'cancel',
  'quit',
  'sluta',
  'baja',
  'yes',
  'remove',
  'td',
  'slet',
  'slett',
  'seis',
  'ende',
  'alto',
  'parar',
  'sair',
  'cancelar',
  'info',
  'ta bort',
  'poista',
])
/** As the first word of a short text these are enough: `Stopp tack`, `stop please!!`. */
const leading = new Set(['stop', 'stopp', 'unsubscribe', 'avsluta'])
const maxLeadingWords = 4

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
]

/** A line that a phone adds below the text. */
const signature =
  /^(--|sent from my|get outlook for|skickat fran min|sendt fra min|lahetetty|von meinem|envoye de(puis)? mon|verstuurd vanaf|enviado desde mi)/

/** Only so much of a reply is read; ten parts are far more than any keyword needs. */
const maxReplyLength = 1600

const kindOf = new Map<string, Exclude<ReplyKind, 'looks_like_opt_out' | 'other'>>()
for (const kind of ['help', 'opt_in', 'opt_out', 'opt_out_all'] as const) {
  for (const words of Object.values(keywords[kind])) for (const word of words) kindOf.set(plain(word), kind)
}
const telling = [...kindOf]
  .filter(([word, kind]) => kind.startsWith('opt_out') && !soft.has(word))
  .map(([word]) => word)

/** Classifies a reply. Never throws; an empty text is `other`. */
export function classifyReply(text: string, context: ReplyContext = {}): Reply {
  const lines = text
    .slice(0, maxReplyLength)
    .split(/[\r\n]+/)
    .map(plain)
    .filter(line => line !== '')
  while (lines.length > 1 && signature.test(lines.at(-1)!)) lines.pop()
  const whole = lines.join(' ')
  const exact = exactKeyword(whole, context)
  if (exact) return exact
  const words = whole.split(' ')
  const first = words[0]!
  if (leading.has(first) && words.length <= maxLeadingWords) return { kind: 'opt_out', keyword: first }
  // STOP alone on its line, whatever else was quoted or signed below it.
  const line = lines.length > 1 ? exactKeyword(lines[0]!, context) : undefined
  if (line?.kind.startsWith('opt_out') && !soft.has(line.keyword!)) return line
  const padded = ` ${whole} `
  const hint = [...telling, ...phrases].find(word => padded.includes(` ${word} `))
  return hint ? { kind: 'looks_like_opt_out', keyword: hint } : { kind: 'other' }
}

/** The text is a keyword, a keyword and the brand or sender, or a keyword spelt with spaces. */
function exactKeyword(text: string, { brand, sender }: ReplyContext): Reply | undefined {
  const joined = /^\S( \S){2,}$/.test(text) ? text.replaceAll(' ', '') : text
  const kind = kindOf.get(joined)
  if (kind) return { kind, keyword: joined }
  for (const name of [brand, sender]) {
    const own = name === undefined ? '' : plain(name)
    if (own === '' || !text.endsWith(` ${own}`)) continue
    const keyword = text.slice(0, -own.length - 1)
    const named = soft.has(keyword) ? undefined : kindOf.get(keyword)
    if (named) return { kind: named, keyword }
  }
  return undefined
}

/** One line without what does not matter: width, case, accents, emoji, zero-width signs, outer punctuation, double spaces. */
function plain(line: string): string {
  return line
    .normalize('NFKC')
    .toLowerCase()
    .normalize('NFD')
    .replace(/[\p{M}\p{Cf}\p{Extended_Pictographic}\u{1F1E6}-\u{1F1FF}\u{1F3FB}-\u{1F3FF}]/gu, '')
    .replace(/[’‘`´]/g, "'")
    .replace(/[\s\p{Cc},;.!?:]+/gu, ' ')
    .replace(/^[\p{P}\p{S}\s]+|[\p{P}\p{S}\s]+$/gu, '')
}
