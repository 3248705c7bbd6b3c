import fc from 'fast-check'
import { expect, test } from 'vitest'
import { splitStatements } from './split-statements.ts'

const texts = (script: string) => splitStatements(script).map(statement => statement.text)

test('semicolons in quotes, names, dollar quotes and comments end nothing', () => {
  const parts = [
    "select 'a;b'",
    "select 'it''s; fine'",
    "select E'back\\'slash; \\\\'",
    'select 1 as "odd;""name"',
    'do $$ begin perform 1; end $$',
    'do $body$ begin perform $$;$$; end $body$',
    'select 1 -- not; here',
    'select /* a; /* nested; */ b; */ 2',
    'select a$b$c, $1',
    "select '\\'",
  ]
  expect(texts(`${parts.join('\n;\n')}\n;`)).toEqual(parts)
})

test('empty statements and lone comments are nothing; the line is that of the first word', () => {
  expect(texts(' ;; -- only words;\n /* and; more */ ; ')).toEqual([])
  expect(splitStatements('-- head\n\nselect 1;\n\n-- next\nselect\n2').map(({ line }) => line)).toEqual([3, 6])
  expect(texts('-- why\nselect 1')).toEqual(['-- why\nselect 1'])
})

test('what does not end is an error that names the line', () => {
  for (const open of ["'abc", "E'abc\\'", '"abc', '$$ abc', '$a$ abc $b$', '/* abc /* */', "'abc''"]) {
    expect(() => splitStatements(`select 1;\nselect ${open}`)).toThrow(/line 2/)
  }
  expect(() => splitStatements('create function f() returns int begin atomic select 1; end')).toThrow(/ATOMIC/)
})

test('property: statements joined by semicolons come back as they were', () => {
  const safe = fc.stringMatching(/^[a-z0-9 ;'"$*/-]{0,20}$/)
  const piece = fc.oneof(
    safe.map(text => `'${text.replaceAll("'", "''")}'`),
    safe.map(text => `"${text.replaceAll('"', '""')}"`),
    safe.map(text => `$q$${text.replaceAll('$', '')}$q$`),
    safe.map(text => `/*${text.replaceAll(/[*/]/g, '')}*/`),
    safe.map(text => `--${text}\n`),
    fc.constantFrom('select', 'a$b', '$1', '1.5', '(', ')', '<>', '-', '/'),
  )
  const statement = fc.array(piece, { minLength: 1, maxLength: 8 }).map(pieces => `select ${pieces.join(' ')} x`)
  fc.assert(
    fc.property(fc.array(statement, { maxLength: 6 }), statements => {
      expect(texts(statements.join(' ;\n'))).toEqual(statements)
    }),
  )
})
