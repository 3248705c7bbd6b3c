import fc from 'fast-check'
import { expect, test } from 'vitest'
import { classifyReply, keywords, type ReplyKind } from './keywords.ts'

const acme = { brand: 'Acme & Söner', sender: 'ACME' }
const kindOf = (text: string) => classifyReply(text, acme).kind

test.each<[string, ReplyKind]>([
  ['STOP', 'opt_out'],
  ['stop.', 'opt_out'],
  ['"Stop"', 'opt_out'],
  ['”Stop”', 'opt_out'],
  ['STOP!!!', 'opt_out'],
  [' Stopp ', 'opt_out'],
  ['ＳＴＯＰ', 'opt_out'],
  ['s t o p', 'opt_out'],
  ['S.T.O.P', 'opt_out'],
  ['STOP 🙏', 'opt_out'],
  ['🛑STOP🛑', 'opt_out'],
  ['St\u200bop', 'opt_out'],
  ['Stopp tack', 'opt_out'],
  ['stop please!!', 'opt_out'],
  ['Stop by tomorrow?', 'opt_out'],
  ['STOP\nSent from my iPhone', 'opt_out'],
  ['Sluta\n\nSkickat från min iPhone', 'opt_out'],
  ['STOP\n> Hej Anna, rea på allt i butiken', 'opt_out'],
  ['STOP ACME', 'opt_out'],
  ['Avsluta acme & söner', 'opt_out'],
  ['Opt-out', 'opt_out'],
  ['please opt me out', 'opt_out'],
  ['ARRÊT', 'opt_out'],
  ['Rezygnuję', 'opt_out'],
  ['ta  bort', 'opt_out'],
  ['End', 'opt_out'],
  ['STOP ALL', 'opt_out_all'],
  ['stopall', 'opt_out_all'],
  ['Start', 'opt_in'],
  ['Yes!', 'opt_in'],
  ['START ACME', 'opt_in'],
  ['help', 'help'],
  ['Hjälp?', 'help'],
  ['Please stop', 'looks_like_opt_out'],
  ["Don't stop", 'looks_like_opt_out'],
  ['Sluta skicka sms till mig', 'looks_like_opt_out'],
  ['Don’t text me', 'looks_like_opt_out'],
  ['Stop sending me these messages every day', 'looks_like_opt_out'],
  ['How do I unsubscribe?', 'looks_like_opt_out'],
  ['End ACME', 'other'],
  ['Yes please, book me in', 'other'],
  ['See you at the end of the week', 'other'],
  ['Nonstop', 'other'],
  ['Tack!', 'other'],
  ['👍', 'other'],
  ['', 'other'],
])('%j is %s', (text, kind) => expect(kindOf(text)).toBe(kind))

test('every keyword of the table is its kind, in capitals, small letters and quotes', () => {
  for (const [kind, languages] of Object.entries(keywords)) {
    for (const word of Object.values(languages).flat()) {
      for (const text of [word, word.toUpperCase(), `« ${word} ».`]) expect(kindOf(text), text).toBe(kind)
    }
  }
})

test('any text has a kind', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 3000, size: 'max' }), fc.string(), (text, brand) => {
      expect(classifyReply(text, { brand }).kind).toBeTypeOf('string')
    }),
  )
})
