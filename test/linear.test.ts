/** Every parser that sees texts of strangers: twice the input takes twice the time, whatever it is made of. */
import { describe, expect, test } from 'vitest'
import type { WrittenEmail } from '../core/email/blocks.ts'
import { parseEmail } from '../core/email/email-template.ts'
import { withoutEntities } from '../core/email/html-tokens.ts'
import { escapeHtml } from '../core/escape-html.ts'
import { readSmtpReply } from '../core/gateways/smtp-reply.ts'
import { plainDecimal } from '../core/money.ts'
import { isName, tidyName } from '../core/names.ts'
import { normalForm } from '../core/normal-form.ts'
import { isPlaceholder } from '../core/placeholders.ts'
import { hintsOfText } from '../core/sms/hints.ts'
import { classifyReply, plainLine } from '../core/sms/keywords.ts'
import { forcingOf, savingsOf } from '../core/sms/savings.ts'
import { checkSender } from '../core/sms/sender.ts'
import { normaliseText, smartEncode } from '../core/sms/smart.ts'
import { countParts, splitIntoParts } from '../core/sms/split.ts'
import { TagNames } from '../core/sms/tag-names.ts'
import { cleanValue } from '../core/sms/tag-values.ts'
import { parseTemplate } from '../core/sms/template.ts'
import { readUrl } from '../core/sms/urls.ts'
import { linkAddress, utmByDefault, utmNameOf, utmParameters } from '../core/sms/utm.ts'
import { isDay, isTime } from '../core/times.ts'
import { readPageUrl, readTitle } from '../core/website/page-url.ts'
import { isPublic } from '../server/activities/readiness.ts'
import { readNetworks } from '../server/clicks/networks.ts'
import { csvLine } from '../server/files/csv-out.ts'
import { separatorOf } from '../server/files/csv-sniff.ts'
import { marked, unmarked } from '../server/files/formula.ts'
import { parseGatewayUrl } from '../server/gateways/find-kind.ts'
import { isMalformed } from '../server/gateways/smpp/pdu.ts'
import { isReply, parseReceipt } from '../server/gateways/smpp/receipt.ts'
import { decodeText } from '../server/gateways/smpp/reply.ts'
import { readShortMessage, shortMessageSize, writeDeliverSm } from '../server/gateways/smpp/short-message.ts'
import { encodeTlvs, tag } from '../server/gateways/smpp/tlv.ts'
import { readConsent } from '../server/imports/consent-words.ts'
import { parseMap } from '../server/imports/mapping.ts'
import { readHeader } from '../server/imports/read-header.ts'
import { suggestMapping } from '../server/imports/suggest.ts'
import { guessType, readDate, readNumber, styleOf } from '../server/imports/typed-cells.ts'
import { shapeFault } from '../server/platform/http/json-shape.ts'
import { makeVisitorOf, networkOf } from '../server/platform/http/visitor.ts'
import { isAttributeName } from '../server/profiles/attribute-name.ts'
import { readEmail } from '../server/profiles/email-check.ts'
import { checkPhone, numbersAnywhere } from '../server/profiles/phone-check.ts'
import { readSearch } from '../server/profiles/search.ts'
import { otherKeys } from '../server/receipts/provider-ids.ts'
import { agreementOf, phonesOf } from '../server/receipts/same-number.ts'
import { attributeNameFrom, doubtOf } from '../web/imports/mapping.ts'
import { readIds } from '../web/report/compare/ids.ts'
import { faultOf, shapes } from './linear.ts'

const around = { separator: ';', country: 'SE' }
const attributes = new Set(Array.from({ length: 1000 }, (_, i) => `attribute_${i}`))

/** A text as a gateway delivers it, in the parameter that takes long ones. */
function delivered(text: string) {
  const message = {
    ...{ sourceTon: 1, sourceNpi: 1, source: '46701234567', destTon: 5, destNpi: 0, dest: 'Homing', esmClass: 4 },
    ...{ registeredDelivery: 0, dataCoding: 0, shortMessage: Buffer.alloc(0) },
    tlvs: encodeTlvs([{ tag: tag.messagePayload, value: Buffer.from(text, 'latin1') }]),
  }
  const buffer = Buffer.alloc(shortMessageSize(message))
  const read = readShortMessage(buffer.subarray(0, writeDeliverSm(buffer, 0, 1, message)))
  if (isMalformed(read)) throw new Error(read.malformed)
  return read
}

const visitorOf = makeVisitorOf({ proxies: ['127.0.0.0/8'], isPublic: true })

const email: WrittenEmail = {
  ...{ subject: 'Hi', preheader: '', fromName: 'Shop', footer: { address: '', label: '' }, text: null },
  ...{ format: 'blocks', body: { blocks: [] }, html: '' },
}
const website = { hosts: ['shop.test'], queryKeys: ['colour'], hashRoutes: true }

/** What throws has read its input too. */
const tried = (run: (text: string) => unknown) => (text: string) => {
  try {
    run(text)
  } catch {}
}

/** A parser with its own length of input: the most that it is given, or where it shows what it is. */
const parsers: readonly [name: string, run: (text: string) => unknown, n?: number][] = [
  ['parseTemplate', text => parseTemplate(text, { attributes }), 3200],
  ['parseTemplate of a text that is far too long', text => parseTemplate(text, { attributes })],
  ['hintsOfText', text => hintsOfText(text, 0, false)],
  ['TagNames', text => [new TagNames(attributes).nearest(text), new TagNames(undefined).meant(text)]],
  ['isPlaceholder', isPlaceholder],
  ['readUrl', text => readUrl(text, 0, () => undefined)],
  ['cleanValue', text => cleanValue(text, true)],
  ['normaliseText', normaliseText],
  ['smartEncode', text => smartEncode(text)],
  ['countParts', text => countParts(text)],
  ['splitIntoParts', text => splitIntoParts(text, 16)],
  ['savingsOf', text => savingsOf(text, smartEncode(text).changes), 3200],
  ['forcingOf', forcingOf],
  ['utmNameOf', utmNameOf],
  ['classifyReply', text => classifyReply(text, { brand: text, sender: text })],
  ['plain', plainLine],
  ['isName', isName],
  ['tidyName', tidyName],
  ['readNumber', text => readNumber(text, { decimal: ',' })],
  ['readDate', text => readDate(text, { dayFirst: true })],
  ['readConsent', text => readConsent(text)],
  ['readHeader', readHeader],
  ['styleOf', text => styleOf([text], around)],
  ['guessType', text => guessType([text], { decimal: ',', dayFirst: true, guessed: false })],
  ['separatorOf', separatorOf],
  ['normalForm', text => normalForm(text, 'NFKD')],
  ['plainDecimal', plainDecimal],
  ['isTime and isDay', text => [isTime(text), isDay(text)]],
  ['checkSender', checkSender],
  [
    'addressOf',
    text => parseTemplate(text).links.map(link => linkAddress(link, utmParameters(utmByDefault, text))),
    3200,
  ],
  ['isPublic', isPublic],
  ['readNetworks', tried(readNetworks)],
  ['escapeHtml', escapeHtml],
  ['csvLine', text => csvLine([text])],
  ['marked and unmarked', text => unmarked(marked(text))],
  ['parseGatewayUrl', tried(parseGatewayUrl)],
  ['parseReceipt', text => parseReceipt(delivered(text))],
  ['isReply', text => isReply(delivered(text))],
  ['decodeText', text => decodeText(Buffer.from(text, 'latin1'), 8)],
  ['parseMap', tried(parseMap)],
  ['suggestMapping of a name', text => suggestMapping([text], [], { separator: ';', country: 'SE' })],
  ['suggestMapping of a cell', text => suggestMapping(['x'], [[text]], { separator: ';', country: 'SE' })],
  ['shapeFault', shapeFault],
  ['the visitor', text => visitorOf({ socket: { remoteAddress: '127.0.0.1' }, headers: { 'x-forwarded-for': text } })],
  ['networkOf', networkOf],
  ['isAttributeName', isAttributeName],
  ['readEmail', readEmail],
  ['parseEmail of HTML', html => parseEmail({ ...email, format: 'html', html }), 8_000],
  ['parseEmail of tags of HTML', html => parseEmail({ ...email, format: 'html', html: `<p title="${html}">` }), 8_000],
  ['parseEmail of a block', text => parseEmail({ ...email, body: { blocks: [{ kind: 'text', text }] } }), 8_000],
  ['withoutEntities', withoutEntities],
  ['readSmtpReply', text => readSmtpReply('report', { text: `550 ${text}` })],
  ['readPageUrl', text => readPageUrl(`https://shop.test/${text}?q=${text}`, website), 2_000],
  ['readTitle', readTitle],
  ['checkPhone', text => checkPhone(text, 'SE')],
  ['numbersAnywhere', numbersAnywhere],
  ['readSearch', text => readSearch(text, 'SE')],
  ['otherKeys', otherKeys],
  [
    'agreementOf and phonesOf',
    text => [agreementOf('+46701740605', { number: text, sender: text }), phonesOf({ number: text, sender: text })],
  ],
  ['attributeName', attributeNameFrom],
  ['doubtOf', text => doubtOf([{ name: text, samples: ['a'] }])],
  ['readIds', readIds],
]

describe('twice the input takes no more than twice the time', () => {
  // The compiler of JavaScript has bad moments of its own; what is not linear fails each time.
  test.each(parsers)('%s', { retry: 1 }, (_, run, n = 16_000) => {
    const faults: Record<string, string> = {}
    for (const [name, shape] of Object.entries(shapes)) {
      const fault = faultOf(run, shape, n)
      if (fault !== undefined) faults[name] = fault
    }
    expect(faults).toEqual({})
  })
})
