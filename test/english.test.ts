/**
 * Plain English in code, pages and docs: words that readers stumbled over are banned, each with the words to use instead. CONTRIBUTING.md
 * has the rules behind the list. Files in the languages that the product reads (keywords, names, vectors) are data.
 */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ROOT, readText } from './sources.ts'

interface Word {
  pattern: RegExp
  instead: string
  /** what the rule finds */
  bad: string
  /** what it leaves alone */
  good: string
}

const words: readonly Word[] = [
  { pattern: /\banew\b/i, instead: 'again, recompute', bad: 'It is counted anew.', good: 'It is counted again.' },
  {
    pattern: /\bhang(?:s|ing)? on\b/i,
    instead: 'depends on',
    bad: 'It hangs on the bucket',
    good: 'A hanging connection',
  },
  {
    pattern: /\b(?:[dD]earer|[dD]earest|dear)\b/,
    instead: 'expensive',
    bad: 'the dearest statement',
    good: 'Dear Anna',
  },
  { pattern: /\bof before\b/i, instead: 'old, earlier', bad: 'sums of before', good: 'because of what came before' },
  { pattern: /\bmend(?:s|ed|ing)?\b/i, instead: 'fix', bad: 'how to mend it', good: 'we recommend' },
  { pattern: /\bnoes\b/i, instead: 'opt-outs', bad: 'noes of a number', good: 'a no' },
  {
    pattern: /(?:^|[.:;!?*/] +|["'`])(?:Whose|Whom)\b/,
    instead: 'a subject first',
    bad: '// Whose is it?',
    good: 'profiles whose number',
  },
  { pattern: /\bstood\b/i, instead: 'was', bad: 'where the sign stood', good: 'understood' },
  {
    pattern: /\btimes an? (?:second|minute|hour)\b/i,
    instead: 'per',
    bad: 'ten times a second',
    good: 'ten times per second',
  },
  { pattern: /\bstands?\b(?! for\b)/i, instead: 'is', bad: 'It stands in the table', good: 'A stands for B; standby' },
  {
    pattern: /\b(?:by itself|by themselves)\b/i,
    instead: 'automatically, alone',
    bad: 'saves by itself',
    good: 'itself',
  },
  {
    pattern: /\bwho(?:ever)? asks?\b/i,
    instead: 'the client, the caller',
    bad: 'who asks waits',
    good: 'who has asked',
  },
  { pattern: /\bwhoever\b/i, instead: 'the actor by name', bad: 'whoever comes', good: 'whichever comes' },
  { pattern: /\bgo(?:es)? on\b/i, instead: 'continues', bad: 'sending goes on', good: 'going on' },
  { pattern: /\b(?:is|are) told\b/i, instead: 'the actor and a verb', bad: 'it is told', good: 'it is tolerated' },
  { pattern: /\bfor ever\b/i, instead: 'forever, indefinitely', bad: 'waits for ever', good: 'for every row' },
  {
    pattern: /\b(?:SMS|messages?|texts?|submits?|parts?|how many) (?:goes|go|went)\b(?! through)/i,
    instead: 'is sent',
    bad: 'the SMS goes to a number',
    good: 'every SMS goes through it',
  },
  {
    pattern:
      /\b(?:\d+|control|format|direction|extension|prefix|whole|broken|first) signs?\b(?![- ]in)|\bsigns? (?:of|in) (?:a|the) (?:text|name|alphabet|key)\b|\bsign =>/i,
    instead: 'character',
    bad: 'a text of 160 signs',
    good: 'a sign of a program, and a percent sign',
  },
  {
    pattern: /\bwhat is (?:due|under way|scheduled|no)\b/i,
    instead: 'the thing by its name: due messages, a scheduled activity',
    bad: 'It finishes what is under way.',
    good: 'It shows what is missing.',
  },
  { pattern: /\bso many\b/i, instead: 'n, up to n', bad: 'so many at once', good: 'as many as' },
]

/** Files that may contain the words: data, generated files, and migrations, since an applied one never changes. */
const exempt = [
  /^test\/(?:data|vectors|upgrade)\//,
  /^migrations\/00(?:[0-2]\d|3[0-8])_/,
  /^migrations\/schema\.sql$/,
  /^web\/api\/schema\.d\.ts$/,
  /^test\/english\.test\.ts$/,
]

const trees = ['.ci', '.github', 'bench', 'core', 'docs', 'e2e', 'migrations', 'server', 'test', 'web']

/** What people wrote: sources, pages and documents. */
function written(): string[] {
  const inTrees = trees
    .filter(tree => existsSync(join(ROOT, tree)))
    .flatMap(tree =>
      readdirSync(join(ROOT, tree), { recursive: true, encoding: 'utf8' }).map(
        path => `${tree}/${path.replaceAll('\\', '/')}`,
      ),
    )
    .filter(path => !/(?:^|\/)(?:node_modules|dist)\//.test(path))
  return [...readdirSync(ROOT), ...inTrees].filter(path => /\.(?:tsx?|mjs|md|sql|css|html)$/.test(path)).sort()
}

/** The identifiers of a line that are made of several words, as words: "isSentAgain" is "is sent again". */
function identifiersIn(line: string): string[] {
  const names = line.match(/\b[A-Za-z][A-Za-z0-9]*(?:_[A-Za-z0-9]+|[a-z0-9][A-Z])\w*/g) ?? []
  return names.map(asWords)
}

const asWords = (name: string) =>
  name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/[_./-]+/g, ' ')
    .toLowerCase()

describe('English', () => {
  const files = written().filter(path => !exempt.some(pattern => pattern.test(path)))

  test('is plain', () => {
    const found = files.flatMap(path =>
      readText(path)
        .split('\n')
        .flatMap((line, i) =>
          words
            .filter(({ pattern }) => pattern.test(line))
            .map(({ instead }) => `${path}:${i + 1}: ${instead}: ${line.trim()}`),
        ),
    )
    expect(found).toEqual([])
  })

  test('is plain in identifiers and in paths', () => {
    const faultsOf = (name: string, where: string) =>
      words.filter(({ pattern }) => pattern.test(name)).map(({ instead }) => `${where}: ${instead}: ${name}`)
    const code = files.filter(path => /\.(?:tsx?|mjs)$/.test(path))
    const found = [
      ...files.flatMap(path => faultsOf(asWords(path), path)),
      ...code.flatMap(path => [...new Set(identifiersIn(readText(path)))].flatMap(name => faultsOf(name, path))),
    ]
    expect(found).toEqual([])
    expect(identifiersIn('const seenAnew = codes_of_before').flatMap(name => faultsOf(name, 'x'))).toHaveLength(2)
  })

  test.each(words)('a rule finds "$bad" and leaves "$good"', ({ pattern, bad, good }) => {
    expect(pattern.test(bad)).toBe(true)
    expect(pattern.test(good)).toBe(false)
  })
})
