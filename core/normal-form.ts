/**
 * A text in one of the forms of Unicode (NFC …), in time that grows with its length only.
 *
 * Always: more than 256 marks behind each other are broken up by U+034F, which shows nothing. The forms sort such a run, and the
 * engines do that in quadratic time: 100,000 marks take ten seconds. Doing it twice changes nothing more: a mark becomes two at most.
 * Source: UAX #15 §13, the Stream-Safe Text Format, which breaks after 30; people do write more for fun.
 */
const breaker = '\u034f'
const marks = /\p{M}+/gu
const longest = 256
const piece = /.{128}(?=.)/gsu

export function normalForm(text: string, form: 'NFC' | 'NFD' | 'NFKC' | 'NFKD' = 'NFC'): string {
  return text.replace(marks, run => (run.length > longest ? broken(run) : run)).normalize(form)
}

function broken(run: string): string {
  const pieces = run.split(breaker)
  const isBroken = pieces.every(part => part.length <= longest)
  return isBroken ? run : pieces.map(part => part.replace(piece, found => found + breaker)).join(breaker)
}
