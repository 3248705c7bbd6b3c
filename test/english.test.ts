/** Plain English: words that a reader has to translate stand nowhere in code, pages and docs. CONTRIBUTING.md says how we write. */
import { expect, test } from 'vitest'
import { filesBelow, readText } from './sources.ts'

/** Each with what to write instead. */
const banned: readonly (readonly [RegExp, string])[] = [
  [/\banew\b/i, 'again; recompute'],
  [/\bhang(?:s|ing)? on\b/i, 'depends on'],
  [/\bdear(?:er|est)?\b/i, 'expensive'],
  [/\bof before\b/i, 'earlier'],
  [/\bmend(?:s|ed|ing)?\b/i, 'fix'],
  [/\bnoes\b/i, 'opt-outs'],
  [/(?:^|[.:;?] |\* |\/\/ )(?:Whose|Whom)\b/m, 'name the subject'],
  [/\bby itself\b|\bby themselves\b/i, 'automatically; alone'],
  [/(?<!under|with)\bstands?\b(?! ?-|alone|by\b)/i, 'is'],
  [/\bsigns? of life\b/i, 'heartbeat; renewal'],
  [/\bwho(?:ever)? asks\b|\bthe asker\b/i, 'the client; the caller'],
  [/\b(?:is|are) told\b/i, 'name who tells; shows'],
  [/\bso many\b/i, 'n; at most n'],
]
