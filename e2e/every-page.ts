/** Every page of Homing, and what holds for each at any width and in any scheme: no violation of axe, nothing wider than the screen. */
import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { violations } from './axe.ts'

export const wide = { width: 1440, height: 900 }
export const phone = { width: 390, height: 844 }

export interface Look {
  size: { width: number; height: number }
  colorScheme: 'light' | 'dark'
}
/** Each width and each scheme once. */
export const twoLooks: readonly Look[] = [
  { size: wide, colorScheme: 'light' },
  { size: phone, colorScheme: 'dark' },
]
export const allLooks: readonly Look[] = [
  { size: wide, colorScheme: 'light' },
  { size: wide, colorScheme: 'dark' },
  { size: phone, colorScheme: 'light' },
  { size: phone, colorScheme: 'dark' },
]

const whoClicked = JSON.stringify({
  v: 1,
  root: { kind: 'group', match: 'all', items: [{ kind: 'event', event: 'clicked', of: [1] }] },
})

export const pages: Record<string, (draft: number) => string> = {
  'the start page': () => '/w/1/sms',
  drafts: () => '/w/1/sms?tab=drafts',
  report: () => '/w/1/sms/1/report',
  'report, charts': () => '/w/1/sms/1/report?tab=charts',
  'report, sent': () => '/w/1/sms/1/report?tab=sent',
  'report, delivered': () => '/w/1/sms/1/report?tab=delivered',
  'report, pending': () => '/w/1/sms/1/report?tab=pending',
  'report, unsubscribed': () => '/w/1/sms/1/report?tab=unsubscribed',
  'report, clicks with bots': () => '/w/1/sms/1/report?tab=clicks&bots=true',
  'a comparison of nothing': () => '/w/1/sms/compare',
  'profiles, nobody found': () => '/w/1/profiles?search=zzzz',
  'report, clicks': () => '/w/1/sms/1/report?tab=clicks',
  'report, bounced': () => '/w/1/sms/1/report?tab=bounced',
  'report, not sent': () => '/w/1/sms/1/report?tab=not-sent',
  'wizard, details': draft => `/w/1/sms/${draft}/edit/details`,
  'wizard, content': draft => `/w/1/sms/${draft}/edit/content`,
  'wizard, send to': draft => `/w/1/sms/${draft}/edit/send-to`,
  'wizard, schedule': draft => `/w/1/sms/${draft}/edit/schedule`,
  'wizard, overview': draft => `/w/1/sms/${draft}/edit/overview`,
  profiles: () => '/w/1/profiles',
  'a profile': () => '/w/1/profiles/1',
  segments: () => '/w/1/segments',
  'a new segment': () => '/w/1/segments/new',
  'a segment from a list': () => '/w/1/segments/from-list',
  'a segment of a report': () => `/w/1/segments/new?from=${encodeURIComponent(whoClicked)}`,
  'a segment that cannot be read': () => '/w/1/segments/new?from=7',
  imports: () => '/w/1/imports',
  'a new import': () => '/w/1/imports/new',
  'website settings': () => '/w/1/settings/website',
  'general settings': () => '/w/1/settings/general',
  gateways: () => '/w/1/settings/gateways',
  website: () => '/w/1/settings/website',
  topics: () => '/w/1/settings/topics',
  tags: () => '/w/1/settings/tags',
  attributes: () => '/w/1/settings/attributes',
  unmatched: () => '/w/1/settings/unmatched',
  members: () => '/w/1/settings/members',
  audit: () => '/w/1/settings/audit',
  'API keys': () => '/w/1/settings/api-keys',
  account: () => '/w/1/settings/account',
}

/**
 * Opens the address, or uses the current page without one. The page changes from look to look as a window or a system setting does;
 * `reopened` opens it again for each. Afterwards it is wide and light again.
 */
export async function looksRight(
  page: Page,
  looks: readonly Look[],
  address?: string,
  { reopened = false }: { reopened?: boolean } = {},
): Promise<void> {
  for (const [nth, { size, colorScheme }] of looks.entries()) {
    await page.setViewportSize(size)
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    if (address !== undefined && (nth === 0 || reopened)) {
      await page.goto(address)
      await page.getByRole('heading', { level: 1 }).waitFor()
    }
    await page.locator(`html[data-mantine-color-scheme=${colorScheme}]`).waitFor()
    await expect.poll(() => page.locator('[aria-busy=true]').count(), { timeout: 60_000 }).toBe(0)
    const where = `${size.width} ${colorScheme}`
    expect(await violations(page), where).toEqual([])
    const sideways = await page.evaluate('document.documentElement.scrollWidth - window.innerWidth')
    expect(sideways, where).toBeLessThanOrEqual(0)
  }
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: null })
  await page.setViewportSize(wide)
}

export async function newDraft(page: Page, url: string, name: string): Promise<number> {
  const answer = await page.request.post(`${url}/api/v1/workspaces/1/activities`, {
    headers: { origin: url },
    data: { name },
  })
  const { id } = (await answer.json()) as { id: number }
  return id
}
