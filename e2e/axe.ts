/** What axe finds wrong with a page for people who cannot see it or use a mouse. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'

const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** One line a violation, with the first element that has it; empty: none. */
export async function violations(page: Page): Promise<string[]> {
  // As text, not as a script element: the page's content security policy forbids those.
  await page.evaluate(source)
  const found: unknown = await page.evaluate(`axe.run(document, { resultTypes: ['violations'] }).then(result =>
    result.violations.map(({ id, help, nodes }) => id + ': ' + help + ' at ' + nodes[0].target.join(' ') + ' ' + nodes[0].html.slice(0, 200)))`)
  return Array.isArray(found) ? found.map(String) : [String(found)]
}
