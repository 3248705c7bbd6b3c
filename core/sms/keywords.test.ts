import fc from 'fast-check'
import { expect, test } from 'vitest'
import { classifyReply, isOptOutWord, keywords, type ReplyKind } from './keywords.ts'

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

test.each<[string, ReplyKind]>([
  ['СТОП', 'opt_out'],
  ['Стоп, пожалуйста', 'opt_out'],
  ['CTOП', 'opt_out'], // C, T and O of a Latin keyboard
  ['Отписаться!', 'opt_out'],
  ['отписка', 'opt_out'],
  ['Відписатися', 'opt_out'],
  ['СТОП УСЕ', 'opt_out_all'],
  ['הסר', 'opt_out'],
  ['\u200fהסר\u200f.', 'opt_out'],
  ['הָסֵר', 'opt_out'],
  ['הסר אותי', 'opt_out'],
  ['توقف', 'opt_out'],
  ['تَوَقَّفْ', 'opt_out'],
  ['تـوقـف', 'opt_out'], // stretched
  ['\u202bتوقف\u202c؟', 'opt_out'],
  ['إيقاف', 'opt_out'],
  ['ايقاف', 'opt_out'],
  ['إلغاء الاشتراك', 'opt_out'],
  ['الغاء الاشتراك', 'opt_out'],
  ['ΣΤΟΠ', 'opt_out'],
  ['στοπ', 'opt_out'],
  ['ΣTOΠ', 'opt_out'], // as the GSM alphabet has it: T and O are Latin
  ['ΔΙΑΚΟΠΗ', 'opt_out'],
  ['Διακοπή', 'opt_out'],
  ['ΤΕΛΟΣ', 'opt_out'],
  ['DUR', 'opt_out'],
  ['İPTAL', 'opt_out'],
  ['IPTAL', 'opt_out'],
  ['iptal', 'opt_out'],
  ['ÇIKIŞ', 'opt_out'],
  ['çıkış', 'opt_out'],
  ['CIKIS', 'opt_out'],
  ['Abonelikten çık', 'opt_out'],
  ['Arrêt', 'opt_out'],
  ['Désabonner', 'opt_out'],
  ['Désinscription', 'opt_out'],
  ['Abbestellen', 'opt_out'],
  ['Uitschrijven', 'opt_out'],
  ['Lopeta kiitos', 'opt_out'],
  ['Avanmäl', 'opt_out'],
  ['Rezygnacja', 'opt_out'],
  ['Descadastrar', 'opt_out'],
  ['Старт', 'opt_in'],
  ['Підписатися', 'opt_in'],
  ['התחל', 'opt_in'],
  ['ابدأ', 'opt_in'],
  ['ابدا', 'opt_in'],
  ['Έναρξη', 'opt_in'],
  ['BAŞLA', 'opt_in'],
  ['Помощь', 'help'],
  ['Допомога', 'help'],
  ['עזרה', 'help'],
  ['مساعدة', 'help'],
  ['Βοήθεια', 'help'],
  ['YARDIM', 'help'],
  ['yardım', 'help'],
  ['Ja', 'other'],
  ['да', 'other'],
  ['Пожалуйста, стоп', 'looks_like_opt_out'],
  ['Не присылайте мне больше', 'looks_like_opt_out'],
  ['Автобус едет до остановки', 'other'],
  ['Где вы находитесь?', 'other'],
  ['מתי אתם פותחים?', 'other'],
  ['متى تفتحون؟', 'other'],
  ['Πότε ανοίγετε;', 'other'],
  ['Ne zaman açıyorsunuz?', 'other'],
])('in its own alphabet %j is %s', (text, kind) => expect(kindOf(text)).toBe(kind))

test.each(['stop by the door?', 'Stop by the door', 'Stop at your shop', 'stop in the morning?', 'Stop by my place'])(
  '%j is a visit for a person to read, no opt-out',
  text => expect(kindOf(text)).toBe('looks_like_opt_out'),
)

test('a text names a way out by a keyword in capitals, by STOP in any case, and never by an everyday word', () => {
  for (const word of ['STOP', 'stop', 'ARRÊT', 'ARRET', 'СТОП', 'הסר', 'توقف', 'ΣΤΟΠ', 'İPTAL', 'BAJA'])
    expect(isOptOutWord(word), word).toBe(true)
  for (const word of ['baja', 'arrêt', 'стоп', 'די', 'وقف', 'START', 'HELP', 'SHOP'])
    expect(isOptOutWord(word), word).toBe(false)
})

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
}, 30_000)
