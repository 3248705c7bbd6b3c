/**
 * Which of the old encodings has a text? They use the same bytes for different letters, so the letters decide: those that a language has,
 * next to the letters that it has them next to (encoding-names.ts), in the case that a word has.
 * Measured on lists of names in encoding-guess.test.ts.
 */

import type { EncodingName } from '../../core/encodings.ts'
import { decode } from './decode.ts'
import { balticNames, centralNames, turkishNames, westernNames } from './encoding-names.ts'

/** `sample`: lines with bytes outside ASCII. */
export function guessEncoding(sample: Buffer): EncodingName {
  const asian = bestOf(asianModels, ({ encoding, common }) => asianScore(decode(sample, encoding), common))
  if (asian.score > 0.25) return asian.model.encoding
  return bestOf(models, model => scoreOf(decode(sample, model.encoding), model)).model.encoding
}

function bestOf<Model>(all: readonly [Model, ...Model[]], score: (model: Model) => number) {
  const scored = all.map(model => ({ model, score: score(model) }))
  // Of equals the first one, which is the more common encoding.
  return scored.reduce((best, one) => (one.score > best.score + 1e-9 ? one : best))
}

interface AlphabetModel {
  encoding: EncodingName
  /** 0 to 1: how usual the letter is, in lower case. */
  letters: ReadonlyMap<string, number>
  /** Three letters with one outside ASCII in their middle or at their end; null: the letters are enough. */
  triples: ReadonlySet<string> | null
}

const western = modelOf(westernNames, 'ìýœšžÿêîôûùçñ')
const central = modelOf(centralNames, 'ĺŕńżźşţ')
const models: [AlphabetModel, ...AlphabetModel[]] = [
  { encoding: 'windows-1252', ...western },
  { encoding: 'windows-1250', ...central },
  { encoding: 'windows-1254', ...modelOf(turkishNames, 'âîûé') },
  { encoding: 'windows-1257', ...modelOf(balticNames, 'ńśźżłćģņķļ') },
  { encoding: 'windows-1251', letters: alphabet('абвгдежзийклмнопрстуфхцчшщъыьэюяёіїєґ', 'ђћљњџјўѓќѕ'), triples: null },
  { encoding: 'windows-1253', letters: alphabet('αβγδεζηθικλμνξοπρστυφχψωάέήίόύώς', 'ϊϋΐΰ'), triples: null },
  { encoding: 'macintosh', ...western },
  { encoding: 'cp850', ...western },
  { encoding: 'iso-8859-2', ...central },
  { encoding: 'iso-8859-5', letters: alphabet('абвгдежзийклмнопрстуфхцчшщъыьэюяёіїє', 'ђћљњџјўѓќѕ'), triples: null },
  { encoding: 'iso-8859-7', letters: alphabet('αβγδεζηθικλμνξοπρστυφχψωάέήίόύώς', 'ϊϋΐΰ'), triples: null },
  { encoding: 'cp437', ...western },
]

function modelOf(names: string, rare: string): Omit<AlphabetModel, 'encoding'> {
  const words = names.split(/\s+/).filter(word => word !== '')
  const triples = new Set(words.flatMap(word => triplesOf([...`^${word}$`])))
  const letters = new Map([...rare].map(letter => [letter, 0.3]))
  const counts = new Map<string, number>()
  for (const letter of words.join('')) if (letter > '\x7f') counts.set(letter, (counts.get(letter) ?? 0) + 1)
  for (const [letter, n] of counts) letters.set(letter, Math.min(1, 0.4 + n / 20))
  return { letters, triples }
}

function alphabet(usual: string, rare: string): ReadonlyMap<string, number> {
  return new Map([
    ...[...rare].map(letter => [letter, 0.2] as const),
    ...[...usual].map(letter => [letter, 1] as const),
  ])
}

function triplesOf(word: readonly string[]): string[] {
  const triples: string[] = []
  for (let i = 1; i < word.length - 1; i++) {
    if (word.slice(i - 1, i + 2).some(letter => letter > '\x7f')) triples.push(word.slice(i - 1, i + 2).join(''))
  }
  return triples
}

/** Characters that people write between words; they tell nothing. */
const neutral = new Set('\u00a0’‘“”„‚–—…€«»°§·´©®™№')
const maxWords = 4000

/** The mean over the characters outside ASCII, about -3 to 2. */
function scoreOf(text: string, model: AlphabetModel): number {
  let sum = 0
  let n = 0
  const words = text.match(/[^\s;,|"<>()\d@/:._-]+/g) ?? []
  for (const word of words.slice(0, maxWords)) {
    const characters = [...word]
    if (!characters.some(character => character > '\x7f')) continue
    const lower = characters.map(character => character.toLowerCase())
    const hasLatin = /[a-z]/i.test(word)
    for (const [i, character] of characters.entries()) {
      if (character <= '\x7f') continue
      n++
      sum += characterScore({ characters, lower, i, hasLatin }, model)
    }
  }
  return n === 0 ? 0 : sum / n
}

interface Place {
  characters: readonly string[]
  lower: readonly string[]
  i: number
  hasLatin: boolean
}

function characterScore({ characters, lower, i, hasLatin }: Place, { letters, triples }: AlphabetModel): number {
  const character = characters[i]!
  if (neutral.has(character))
    return isLetter(characters[i - 1]) && isLetter(characters[i + 1]) && character !== '’' ? -2 : 0
  if (!isLetter(character)) return /[\p{Cc}\ufffd]/u.test(character) ? -4 : -2
  let score = letters.get(lower[i]!) ?? -0.5
  if (!/\p{Script=Latin}/u.test(character) && hasLatin) score -= 2
  // A capital within a small word: "JÃ¶rgen".
  if (isCapital(character) && isSmall(characters[i - 1])) score -= 1.5
  if (i === 0 && isSmall(character) && isCapital(characters[1])) score -= 1
  if (triples === null) return score
  const word = ['^', ...lower, '$']
  const around = [word.slice(i - 1, i + 2), word.slice(i, i + 3), word.slice(i + 1, i + 4)].filter(
    one => one.length === 3,
  )
  const known = around.filter(one => triples.has(one.join(''))).length
  return score + (1.5 * known) / Math.max(1, around.length)
}

const isLetter = (character: string | undefined) => character !== undefined && /\p{L}/u.test(character)
const isSmall = (character: string | undefined) => character !== undefined && /\p{Ll}/u.test(character)
const isCapital = (character: string | undefined) => character !== undefined && /\p{Lu}/u.test(character)

interface AsianModel {
  encoding: EncodingName
  /** Characters of names and of the headers of lists. */
  common: ReadonlySet<string>
}

const kana = Array.from({ length: 0xf7 - 0x41 }, (_, i) => String.fromCodePoint(0x3041 + i)).join('')
const asianModels: [AsianModel, ...AsianModel[]] = [
  {
    encoding: 'shift_jis',
    common: new Set(
      `${kana}佐藤鈴木高橋田中伊渡辺山本村小林加吉子美太郎一大川上野島井松原東京都市区県町名前電話番号氏姓住所顧客清水斎池橋石岡後近遠青木坂西福森阿部和三久保藤岩今河内谷長谷金新健真由香恵裕優明翔次雄夫男`,
    ),
  },
  {
    encoding: 'gb18030',
    common: new Set(
      '王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高梁郑谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严明华伟芳娜敏静丽强军平东国建文电话手机姓名地址号码城市客户小红英玉梅兰秀志勇杰涛超辉鹏飞宇浩北京上海广州深圳女男省区',
    ),
  },
  {
    encoding: 'euc-kr',
    common: new Set(
      '김이박최정강조윤장임한오서신권황안송류전홍고문양손배백허유남심노하곽성차주우구민진지나엄원천방공현함변염여추도소석선설마길연위표명기반왕금옥육인맹제모탁국수영희준호철은경미숙순자민지훈우진서연하윤재상동혜아영름번화전이름전화번호고객주소서울부산대구시도',
    ),
  },
  {
    encoding: 'big5',
    common: new Set(
      '陳林黃張李王吳劉蔡楊許鄭謝郭洪邱曾廖賴徐周葉蘇莊呂江何蕭羅高潘簡朱鍾游彭詹胡施沈余盧梁趙顏柯翁魏孫戴電話手機姓名地址號碼客戶志明美華淑芬麗玲雅婷怡君俊傑宏偉建家豪文雄惠秀英玉梅雲國台北中高市區小大女男縣',
    ),
  },
]

/** The share of common characters; 0 where bytes are none of the encoding. */
function asianScore(text: string, common: ReadonlySet<string>): number {
  const wide = [...text].filter(character => character > '\x7f')
  if (wide.length === 0) return 0
  const wrong = wide.filter(character => character === '\ufffd' || /[\uff61-\uff9f]/.test(character)).length
  if (wrong / wide.length > 0.02) return 0
  return wide.filter(character => common.has(character)).length / wide.length
}
