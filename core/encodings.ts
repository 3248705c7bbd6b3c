/** The encodings of lists that can be read: their names in the API, and their labels on the pages. */
export const encodings = {
  'utf-8': 'Unicode (UTF-8)',
  'utf-16le': 'Unicode (UTF-16 LE)',
  'utf-16be': 'Unicode (UTF-16 BE)',
  'windows-1252': 'Western European (Windows-1252)',
  'windows-1250': 'Central European (Windows-1250)',
  'windows-1251': 'Cyrillic (Windows-1251)',
  'windows-1253': 'Greek (Windows-1253)',
  'windows-1254': 'Turkish (Windows-1254)',
  'windows-1257': 'Baltic (Windows-1257)',
  'iso-8859-1': 'Western European (ISO 8859-1)',
  'iso-8859-2': 'Central European (ISO 8859-2)',
  'iso-8859-5': 'Cyrillic (ISO 8859-5)',
  'iso-8859-7': 'Greek (ISO 8859-7)',
  'iso-8859-9': 'Turkish (ISO 8859-9)',
  'iso-8859-15': 'Western European (ISO 8859-15)',
  cp437: 'MS-DOS, United States (CP437)',
  cp850: 'MS-DOS, Western European (CP850)',
  macintosh: 'Mac OS Roman',
  shift_jis: 'Japanese (Shift-JIS)',
  gb18030: 'Chinese, simplified (GB18030)',
  'euc-kr': 'Korean (EUC-KR)',
  big5: 'Chinese, traditional (Big5)',
} as const satisfies Record<string, string>

export type EncodingName = keyof typeof encodings

export const encodingNames = Object.keys(encodings).filter(isEncoding)

export function isEncoding(name: string): name is EncodingName {
  return Object.hasOwn(encodings, name)
}

/** "Windows-1250", "latin1": people and programs write the names in several ways. */
export function encodingNamed(given: string): EncodingName | undefined {
  const name = given.trim().toLowerCase()
  const plain = (text: string) => text.replace(/[^a-z0-9]/g, '')
  return encodingNames.find(known => known === name) ?? encodingNames.find(known => plain(known) === plain(alias(name)))
}

const aliases: Readonly<Record<string, EncodingName>> = {
  utf16: 'utf-16le',
  latin1: 'iso-8859-1',
  latin2: 'iso-8859-2',
  latin5: 'iso-8859-9',
  latin9: 'iso-8859-15',
  macroman: 'macintosh',
  sjis: 'shift_jis',
  shiftjis: 'shift_jis',
  gbk: 'gb18030',
  gb2312: 'gb18030',
  euckr: 'euc-kr',
}

function alias(name: string): string {
  const plain = name.replace(/[^a-z0-9]/g, '')
  return aliases[plain] ?? plain.replace(/^cp125/, 'windows125').replace(/^win125/, 'windows125')
}
