/** docs/problems.md, docs/report.md, docs/exports.md, docs/clicks.md, docs/smpp-codes.md and docs/roles.md say what the code does: they are generated from its tables. */
import { describe, expect, test } from 'vitest'
import { problems } from '../core/problems.ts'
import { figures, tooltipOf } from '../core/report/figures.ts'
import { apiDocument } from '../server/api-document.ts'
import { clicksPage, codesPage, exportsPage, problemsPage, reportPage, rolesPage } from './documents.ts'
import { isForTests, readSources, readText } from './sources.ts'

describe('generated pages agree with the tables', () => {
  test('docs/problems.md', () => expect(problemsPage()).toMatchFileSnapshot('../docs/problems.md'))
  test('docs/report.md', () => expect(reportPage()).toMatchFileSnapshot('../docs/report.md'))
  test('docs/clicks.md', () => expect(clicksPage()).toMatchFileSnapshot('../docs/clicks.md'))
  test('docs/exports.md', () => expect(exportsPage()).toMatchFileSnapshot('../docs/exports.md'))
  test('docs/smpp-codes.md', () => expect(codesPage()).toMatchFileSnapshot('../docs/smpp-codes.md'))

  test('docs/roles.md', async () => expect(rolesPage(await apiDocument())).toMatchFileSnapshot('../docs/roles.md'))

  test('every problem and every figure is on its page', () => {
    expect(Object.keys(problems).filter(code => !readText('docs/problems.md').includes(`| \`${code}\` |`))).toEqual([])
    expect(
      figures.filter(({ key }) => !readText('docs/report.md').includes(tooltipOf(key, 'sms'))).map(({ key }) => key),
    ).toEqual([])
  })
})

describe('the table of problems', () => {
  test('every problem is a sentence and an advice', () => {
    const wrong = Object.entries(problems).filter(
      ([, { title, fix }]) =>
        !/(^\{|^[A-Z"])/.test(title) || !/[.!:}]$/.test(title) || !/[.}"]$/.test(fix) || /!/.test(title + fix),
    )
    expect(wrong.map(([code]) => code)).toEqual([])
  })

  test('every problem can happen: some source throws it', () => {
    const sources = readSources('core', 'server', 'web').filter(
      ({ path }) => !isForTests(path) && path !== 'core/problems.ts',
    )
    const unused = Object.keys(problems).filter(code => !sources.some(({ text }) => text.includes(`'${code}'`)))
    expect(unused).toEqual([])
  })
})
