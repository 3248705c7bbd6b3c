/**
 * No regular expression of ours takes more than linear time, whatever it is given: a new one that does fails here. scslre finds
 * them from the expression alone; what it cannot see (how often an expression is asked) test/linear.test.ts measures.
 */
import { analyse } from 'scslre'
import ts from 'typescript'
import { describe, expect, test } from 'vitest'
import { isForTests, readSources } from './sources.ts'

/** By file and expression, with what bounds its input. */
const allowed: Readonly<Record<string, string>> = {
  'server/platform/safe-error.ts /^ {4}at .*?(?:file:\\/\\/)?([A-Za-z]?:?[\\\\/][^():]*):(\\d+:\\d+)\\)?$/':
    'lines of 500 characters at most',
  'web/ui/numbers.ts /\\B(?=(\\d{3})+$)/g': 'the digits of a number of JavaScript',
}
/** Files that make an expression of a text, with what the text is. */
const making: Readonly<Record<string, string>> = {
  'server/platform/db/split-statements.ts': 'the tag of a quote in our own migrations',
  'server/gateways/simulator/visits.ts': 'the name of an attribute of HTML, from our own source',
  'web/settings/gatewaySettings.ts': 'the pattern of a setting, from the schema of our own kind of gateway',
}

const sources = readSources('core', 'server', 'web').filter(({ path }) => !isForTests(path))
const nodes = sources.flatMap(({ path, text }) => {
  const found: { path: string; node: ts.Node }[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isRegularExpressionLiteral(node)) found.push({ path, node })
    if (ts.isNewExpression(node) && node.expression.getText() === 'RegExp') found.push({ path, node })
    ts.forEachChild(node, visit)
  }
  visit(ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true))
  return found
})

describe('regular expressions', () => {
  test('take linear time', () => {
    const slow = nodes.flatMap(({ path, node }) =>
      ts.isRegularExpressionLiteral(node) && isSlow(node.text) ? [`${path} ${node.text}`] : [],
    )
    expect([...new Set(slow)].sort()).toEqual(Object.keys(allowed).sort())
  })

  test('are made of texts in few places', () => {
    const made = nodes.flatMap(({ path, node }) => (ts.isNewExpression(node) ? [path] : []))
    expect([...new Set(made)].sort()).toEqual(Object.keys(making).sort())
  })

  test('and forms of Unicode, which sort marks in quadratic time, are asked for in one place', () => {
    const asking = sources.flatMap(({ path, text }) => (/\.normalize\(/.test(text) ? [path] : []))
    expect(asking.sort()).toEqual(['core/normal-form.ts'])
  })
})

const known = new Map<string, boolean>()

function isSlow(literal: string): boolean {
  const end = literal.lastIndexOf('/')
  const slow =
    known.get(literal) ?? analyse({ source: literal.slice(1, end), flags: literal.slice(end + 1) }).reports.length > 0
  known.set(literal, slow)
  return slow
}
