/**
 * Does the time of a parser grow linearly with its input? Each parser runs on an input and on one twice as long. The best of several
 * runs counts, and runs below a floor are ignored as noise.
 */

/** Inputs of about n characters, made of what a parser stops at, or almost does. */
export const shapes: Readonly<Record<string, (n: number) => string>> = {
  letters: n => 'a'.repeat(n),
  digits: n => '1'.repeat(n),
  'digits and a letter': n => `${'1'.repeat(n)}e`,
  zeros: n => `x${'0'.repeat(n)}y`,
  'a point and zeros': n => `1.${'0'.repeat(n)}1`,
  spaces: n => `a${' '.repeat(n)}b`,
  'spaces behind a letter': n => `a${' '.repeat(n)}`,
  'line breaks': n => `a${'\r\n'.repeat(n / 2)}b`,
  tabs: n => `a${'\t'.repeat(n)}b`,
  commas: n => ','.repeat(n),
  semicolons: n => `a${';=1'.repeat(n / 3)}`,
  quotes: n => '"'.repeat(n + 1),
  'quoted cells': n => '"a"",'.repeat(n / 5),
  apostrophes: n => `a${"'".repeat(n)}b`,
  'single hashes': n => '# '.repeat(n / 2),
  'opened tags': n => '## '.repeat(n / 3),
  'hashes in a row': n => '#'.repeat(n),
  'tags that are unknown': n => many(n, i => `##a${i}##`),
  'tags with a default': n => '##a|b##'.repeat(n / 7),
  braces: n => '{{'.repeat(n / 2),
  'opened brackets': n => `http://a.b/${'('.repeat(n)}`,
  'closed brackets': n => `http://a.b/${')'.repeat(n)}`,
  'brackets in pairs': n => `http://a.b/${'()'.repeat(n / 2)}`,
  'nested brackets': n => `http://a.b/${'('.repeat(n / 2)}${')'.repeat(n / 2)}`,
  'characters behind a link': n => `http://a.b/${'._*'.repeat(n / 3)}`,
  'scheme characters': n => `${'a'.repeat(n / 2)} ${'://'.repeat(n / 6)}`,
  schemes: n => 'a://'.repeat(n / 4),
  colons: n => 'data:'.repeat(n / 5),
  'links that differ': n => many(n, i => `www.a${i}.se `),
  'one link': n => `http://${'a.'.repeat(n / 2)}se`,
  'a link of other letters': n => `http://${many(n, i => String.fromCodePoint(0x4e00 + (i % 20_000)))}.se/`,
  'a host that never ends': n => 'www.a-'.repeat(n / 6),
  'addresses with many points': n => `a@${'a.'.repeat(n / 2)}`,
  'at signs': n => '@'.repeat(n),
  'plus signs': n => `+${'4 '.repeat(n / 2)}`,
  hyphens: n => `a${'-'.repeat(n)}b`,
  underscores: n => `a${'_'.repeat(n)}b`,
  percents: n => '%'.repeat(n),
  'percent codes': n => `http://a.b/?${'%41&'.repeat(n / 4)}`,
  backslashes: n => '\\'.repeat(n),
  'marks of one kind': n => `a${'\u0301'.repeat(n)}`,
  'marks out of order': n => `a${'\u0301\u0316'.repeat(n / 2)}`,
  'marks in two heaps': n => `a${'\u0301'.repeat(n / 2)}${'\u0316'.repeat(n / 2)}`,
  'Hangul letters': n => '\u1100\u1161\u11a8'.repeat(n / 3),
  'prefix characters': n => '\u0600'.repeat(n),
  'joined emoji': n => '\u{1f468}\u200d'.repeat(n / 3),
  flags: n => '\u{1f1f8}\u{1f1ea}'.repeat(n / 4),
  'halves of emoji': n => '\ud83d'.repeat(n),
  'characters that are replaced': n => '\u201c\u2014'.repeat(n / 2),
  'characters of zero width': n => `a${'\u200b'.repeat(n)}b`,
  'wide characters': n => '\ufdfa'.repeat(n),
  'capital sigmas': n => 'Σ.'.repeat(n / 2),
  'control characters': n => '\u0001'.repeat(n),
  'NUL bytes': n => '\0'.repeat(n),
  'fields of a receipt': n => 'id:submit date:2401010000 '.repeat(n / 26),
  'fields without values': n => 'id :stat :err :'.repeat(n / 15),
  'JSON arrays': n => '['.repeat(n),
  'words of one letter': n => 'S '.repeat(n / 2),
  'tags of a page': n => '<form '.repeat(n / 6),
  'address groups': n => ':1'.repeat(n / 2),
  'hops of proxies': n => '127.0.0.1,'.repeat(n / 10),
}

function many(n: number, piece: (i: number) => string): string {
  let text = ''
  for (let i = 0; text.length < n; i++) text += piece(i)
  return text
}

const most = 3
/** Shorter times are noise. */
const floorMs = 4

/**
 * The ratio of the times for `2n` and for `n`; undefined if they are too short to measure. Both inputs run in turn, so that load on the
 * machine slows them alike.
 */
function ratio(run: (text: string) => unknown, shape: (n: number) => string, n: number, times: number) {
  const [short, long] = [shape(n), shape(2 * n)]
  let [shortMs, longMs] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]
  for (let i = 0; i < times; i++) {
    longMs = Math.min(
      longMs,
      cpuMs(() => run(long)),
    )
    if (longMs < floorMs) return undefined
    shortMs = Math.min(
      shortMs,
      cpuMs(() => run(short)),
    )
  }
  return longMs / Math.max(shortMs, floorMs / 8)
}

/** The reason why the parser is worse than linear on this shape; undefined if it is linear. A bad ratio is measured again with more runs. */
export function faultOf(run: (text: string) => unknown, shape: (n: number) => string, n: number): string | undefined {
  let worst: number | undefined
  for (const times of [2, 5, 10, 20, 40]) {
    worst = ratio(run, shape, n, times)
    if (worst === undefined || worst <= most) return undefined
  }
  return `twice the length takes ${worst?.toFixed(1)} times as long`
}

/** The CPU time of this thread, so that other processes count little. */
function cpuMs(run: () => void): number {
  const before = process.threadCpuUsage()
  run()
  const { user, system } = process.threadCpuUsage(before)
  return (user + system) / 1000
}
