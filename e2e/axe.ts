/** What axe finds wrong with a page for people who cannot see it or use a mouse. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'

const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** Resolves when nothing moves but what never ends (a spinner), for three frames, as one move starts the next. */
const atRest = `new Promise(resolve => {
  let calm = 0
  const look = () => {
    const moving = document.getAnimations().some(({ playState, effect }) =>
      playState === 'running' && effect?.getComputedTiming().endTime !== Infinity)
    calm = moving ? 0 : calm + 1
    if (calm === 3) resolve()
    else requestAnimationFrame(look)
  }
  look()
})`

/**
 * One line per violation, with its first element; empty: none. It waits until the page is at rest: half faded in or out,
 * a colour is not the final one.
 */
export async function violations(page: Page): Promise<string[]> {
  await page.evaluate(atRest)
  // A run that takes screenshots resizes its pages at any time, so it does not test them.
  if (process.env.HOMING_SCREENSHOTS === '1') return []
  // As text, not as a script element: the page's content security policy forbids those. Once per page load.
  if ((await page.evaluate('typeof axe')) === 'undefined') await page.evaluate(source)
  const found: unknown = await page.evaluate(`axe.run(document, { resultTypes: ['violations'] }).then(result =>
    result.violations.map(({ id, help, nodes }) => id + ': ' + help + ' at ' + nodes[0].target.join(' ') + ' ' + nodes[0].html.slice(0, 200)))`)
  return Array.isArray(found) ? found.map(String) : [String(found)]
}
