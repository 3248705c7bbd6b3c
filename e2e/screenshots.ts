/**
 * The pictures of the documentation, taken during a walk when HOMING_SCREENSHOTS=1: docs/screenshots/NAME.png.
 * Without it nothing is written, so that a test run leaves the tree as it was.
 */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'

const folder = fileURLToPath(new URL('../docs/screenshots', import.meta.url))
const wide = { width: 1440, height: 960 }
const phone = { width: 390, height: 844 }
const looks = {
  light: { size: wide, colorScheme: 'light' },
  dark: { size: wide, colorScheme: 'dark' },
  phone: { size: phone, colorScheme: 'light' },
} as const
/** Until fonts, transitions and tooltips rest. */
const restMs = 700

/** Leaves the page as it found it. */
export async function takeScreenshot(page: Page, name: string, look: keyof typeof looks = 'light'): Promise<void> {
  if (process.env.HOMING_SCREENSHOTS !== '1') return
  await mkdir(folder, { recursive: true })
  const before = page.viewportSize()
  const { size, colorScheme } = looks[look]
  await page.setViewportSize(size)
  await page.emulateMedia({ colorScheme })
  await page.evaluate('scrollTo(0, 0)')
  await page.waitForTimeout(restMs)
  await page.screenshot({ path: join(folder, `${name}.png`) })
  await page.emulateMedia({ colorScheme: 'light' })
  if (before) await page.setViewportSize(before)
}
