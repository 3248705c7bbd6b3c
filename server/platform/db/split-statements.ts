/**
 * Splits SQL into statements at semicolons outside of quotes, dollar quotes and comments.
 * Rules: PostgreSQL manual, 4.1 Lexical Structure. A body `BEGIN ATOMIC … END` is refused: write it dollar-quoted.
 */
export interface Statement {
  /** Without the semicolon. Comments are kept, for the server's log. */
  text: string
  /** The line of its first word, from 1. */
  line: number
}

/** Tried in this order at each position. `end` finds the end of what `start` opened; without it the match is the whole token. */
const TOKENS: readonly { kind: string; start: RegExp; end?: (opening: string) => RegExp }[] = [
  { kind: 'space', start: /\s+/y },
  { kind: 'space', start: /--[^\n]*/y },
  { kind: 'comment', start: /\/\*/y },
  { kind: 'quote', start: /[eE]'/y, end: () => /(?:[^'\\]|\\[\s\S]|'')*'(?!')/y },
  { kind: 'quote', start: /'/y, end: () => /(?:[^']|'')*'(?!')/y },
  { kind: 'quote', start: /"/y, end: () => /(?:[^"]|"")*"(?!")/y },
  {
    kind: 'quote',
    start: /\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$/y,
    end: tag => new RegExp(`[\\s\\S]*?${tag.replaceAll('$', '\\$')}`, 'y'),
  },
  { kind: 'word', start: /[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*/y },
  { kind: 'stop', start: /;/y },
  { kind: 'other', start: /[\s\S]/y },
]

/** The statements of a script in order. Throws an Error that names the line of an unterminated quote or comment. */
export function splitStatements(script: string): Statement[] {
  const statements: Statement[] = []
  let start = 0 // of the statement, with the comments before it
  let first: number | null = null // of its first token
  let before = ''
  const close = (end: number) => {
    if (first !== null) statements.push({ text: script.slice(start, end).trim(), line: lineAt(script, first) })
    first = null
  }
  for (let at = 0; at < script.length; ) {
    const { kind, end } = tokenAt(script, at)
    if (kind === 'stop') {
      close(at)
      start = end
    } else if (kind !== 'space') {
      const text = script.slice(at, end).toLowerCase()
      if (before === 'begin' && text === 'atomic')
        throw fault(script, at, 'BEGIN ATOMIC cannot be split; use a dollar-quoted body')
      before = text
      first ??= at
    }
    at = end
  }
  close(script.length)
  return statements
}

function tokenAt(script: string, at: number): { kind: string; end: number } {
  for (const { kind, start, end } of TOKENS) {
    const opening = match(start, script, at)
    if (opening === null) continue
    const body = at + opening.length
    if (kind === 'comment') return { kind: 'space', end: endOfComment(script, at) }
    if (!end) return { kind, end: body }
    const rest = match(end(opening), script, body)
    if (rest === null) throw fault(script, at, `the quote ${opening} does not end`)
    return { kind, end: body + rest.length }
  }
  throw fault(script, at, 'nothing matches') // not reached: the last token takes any character
}

function match(pattern: RegExp, script: string, at: number): string | null {
  pattern.lastIndex = at
  return pattern.exec(script)?.[0] ?? null
}

// Comments nest, unlike in C.
function endOfComment(script: string, at: number): number {
  const mark = /\/\*|\*\//g
  mark.lastIndex = at
  let depth = 0
  for (let found = mark.exec(script); found; found = mark.exec(script)) {
    depth += found[0] === '/*' ? 1 : -1
    if (depth === 0) return mark.lastIndex
  }
  throw fault(script, at, 'the comment /* does not end')
}

function fault(script: string, at: number, what: string): Error {
  return new Error(`${what} (line ${lineAt(script, at)})`)
}

function lineAt(script: string, at: number): number {
  return script.slice(0, at).split('\n').length
}
