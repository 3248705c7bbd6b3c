import iconv from 'iconv-lite'
import { expect, test } from 'vitest'
import { type EncodingName, encodingNamed, encodingNames } from '../../core/encodings.ts'
import { guessEncoding } from './encoding-guess.ts'

/** Lists in the order in which they would be typed; none of the names is chosen because its letters are easy. */
const lists: readonly [string, readonly EncodingName[], string][] = [
  [
    'Swedish',
    ['windows-1252', 'macintosh', 'cp850'],
    'Åsa Lindgren;Kungsör|Jörgen Nyström;Malmö|Örjan Fält;Täby|Märta Höök;Hörby|Gösta Ekelöf;Sjöbo',
  ],
  [
    'Danish',
    ['windows-1252', 'macintosh', 'cp850'],
    'Søren Bødker;Tønder|Jørn Møllgaard;Hørsholm|Mette Kjærsgaard;Ærø|Åge Skov;Brønderslev|Sørine Højlund;Køge',
  ],
  [
    'Norwegian',
    ['windows-1252', 'macintosh'],
    'Øyvind Sætre;Tromsø|Åshild Nygård;Bærum|Bjørn Tøsse;Førde|Håkon Lødemel;Sør-Odal',
  ],
  [
    'German',
    ['windows-1252', 'macintosh', 'cp850'],
    'Jürgen Großmann;Lübeck|Käthe Schäffler;Köln|Götz Müllner;Würzburg|Uwe Weißkopf;Fürth|Sören Büttner;Görlitz',
  ],
  [
    'French',
    ['windows-1252', 'macintosh', 'cp850'],
    'Hélène Lefèbvre;Orléans|François Béranger;Nîmes|Zoé Crépin;Besançon|Jérémy Fouché;Épinal|Anaïs Prévôt;Sète',
  ],
  [
    'Spanish',
    ['windows-1252', 'macintosh', 'cp850'],
    'José Muñiz;Cáceres|Begoña Ibáñez;Logroño|Íñigo Peñalver;A Coruña|Concepción Róspide;Mérida|Raúl Núñez;Ávila',
  ],
  [
    'Portuguese',
    ['windows-1252', 'macintosh'],
    'João Gonçalves;Évora|Conceição Simões;Guimarães|Inês Falcão;Setúbal|Sebastião Araújo;Olhão',
  ],
  ['Finnish', ['windows-1252', 'cp850'], 'Väinö Hämäläinen;Jyväskylä|Päivi Mäkelä;Äänekoski|Yrjö Pölönen;Hyvinkää'],
  [
    'Icelandic',
    ['windows-1252'],
    'Guðrún Jónsdóttir;Akureyri|Þórður Ólafsson;Hafnarfjörður|Sigríður Ægisdóttir;Ísafjörður',
  ],
  [
    'Polish',
    ['windows-1250', 'iso-8859-2'],
    'Łukasz Kowalski;Łódź|Żaneta Wiśniewska;Gdańsk|Grażyna Kołodziej;Świdnica|Paweł Mączyński;Rzeszów|Małgorzata Wąs;Kępno',
  ],
  [
    'Czech',
    ['windows-1250', 'iso-8859-2'],
    'Jiří Dvořák;Plzeň|Kateřina Růžičková;Třebíč|Zdeněk Němeček;Ústí nad Labem|Vojtěch Šťastný;Děčín|Markéta Říhová;Břeclav',
  ],
  ['Hungarian', ['windows-1250'], 'László Szűcs;Győr|Erzsébet Hegedűs;Makó|Gergő Kőrösi;Kőszeg|Ödön Fűzi;Érd'],
  ['Croatian', ['windows-1250'], 'Željko Marić;Čakovec|Đurđica Kovačević;Šibenik|Krešimir Jurčić;Požega'],
  ['Romanian', ['windows-1250'], 'Ionuţ Chiriţă;Iaşi|Cătălina Mureşan;Timişoara|Răzvan Ştefănescu;Piteşti'],
  ['Turkish', ['windows-1254'], 'Ayşe Yıldız;Muğla|Oğuz Kılıç;Ağrı|Gülşah Çağlar;Kırıkkale|İbrahim Şahin;Çankırı'],
  ['Latvian', ['windows-1257'], 'Jānis Bērziņš;Rīga|Līga Krūmiņa;Jūrmala|Kārlis Āboliņš;Cēsis|Ģirts Ķēniņš;Ādaži'],
  [
    'Lithuanian',
    ['windows-1257'],
    'Kęstutis Stankevičius;Šiauliai|Žydrūnė Petrauskienė;Panevėžys|Jūratė Mažeikaitė;Klaipėda',
  ],
  ['Estonian', ['windows-1257', 'windows-1252'], 'Tõnu Jõgi;Võru|Ülle Mägi;Jõhvi|Õie Pärn;Põlva'],
  ['Greek', ['windows-1253', 'iso-8859-7'], 'Γιώργος Παπαδόπουλος;Αθήνα|Ελένη Νικολάου;Θεσσαλονίκη|Άννα Ιωάννου;Πάτρα'],
  ['Russian', ['windows-1251', 'iso-8859-5'], 'Иван Петров;Москва|Ольга Щербакова;Санкт-Петербург|Юлия Ёлкина;Тверь'],
  ['Ukrainian', ['windows-1251'], 'Олексій Шевченко;Київ|Їжакевич Ганна;Чернівці|Євген Бондаренко;Львів'],
  ['Japanese', ['shift_jis'], '佐藤 健;東京都|鈴木 花子;大阪市|タナカ ヒロシ;横浜'],
  ['Chinese', ['gb18030'], '王伟;北京|李娜;上海|张秀英;广州'],
  ['Taiwanese', ['big5'], '陳志明;台北|林淑芬;高雄|黃雅婷;台中'],
  ['Korean', ['euc-kr'], '김민준;서울|이서연;부산|박지훈;대구'],
]

/** The same letters at the same bytes. */
const alike: Partial<Record<EncodingName, readonly EncodingName[]>> = { 'windows-1252': ['windows-1254', 'iso-8859-1'] }

test.each(lists.flatMap(([language, all, rows]) => all.map(encoding => ({ language, encoding, rows }))))(
  '$language names in $encoding are recognized',
  ({ rows, encoding }) => {
    const text = rows.replaceAll('|', '\r\n')
    const bytes = iconv.encode(text, encoding)
    const guessed = guessEncoding(bytes)
    // Another encoding with the same letters for these bytes is as good.
    expect(iconv.decode(bytes, guessed), guessed).toBe(text)
    expect([encoding, ...(alike[encoding] ?? []), guessed]).toContain(guessed)
  },
)

test('two rows are often enough', () => {
  const right = lists.flatMap(([, all, rows]) =>
    all.flatMap(encoding =>
      rows.split('|').map(row => {
        const bytes = iconv.encode(row, encoding)
        return iconv.decode(bytes, guessEncoding(bytes)) === row
      }),
    ),
  )
  // Measured: see the message of a failure.
  expect(right.filter(Boolean).length / right.length).toBeGreaterThan(0.85)
})

test('an encoding has the names that people and programs give it', () => {
  for (const name of encodingNames) expect(encodingNamed(name)).toBe(name)
  expect(
    ['CP1252', 'Windows 1250', 'latin1', 'UTF8', 'GBK', 'Mac Roman', 'Shift-JIS', 'ISO8859-15', 'x'].map(encodingNamed),
  ).toEqual([
    'windows-1252',
    'windows-1250',
    'iso-8859-1',
    'utf-8',
    'gb18030',
    'macintosh',
    'shift_jis',
    'iso-8859-15',
    undefined,
  ])
})
