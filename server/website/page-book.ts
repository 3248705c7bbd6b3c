/**
 * The dictionary of pages: each address with each title once. A website that makes a new address for every view fills it no further than 50,000 in a
 * month; what is over that counts as `:other`.
 */
import type { Db } from '../platform/db/database.ts'
import { pageIdOf } from './event-ids.ts'
import { countPages, insertPages, readStoredPages, type WebsitePage } from './store.ts'

export const pagesPerMonth = 50_000
const monthMs = 30 * 24 * 60 * 60 * 1000
/** Pages that are remembered as stored. */
const rememberedLimit = 200_000

export class PageBook {
  readonly #stored = new Set<string>()
  readonly #counts = new Map<number, number>()
  #countedAt = 0

  /** The ids of the pages of these views; new ones are stored. In a transaction of its own: a page without a view harms nobody. */
  async idsOf(
    db: Db,
    views: readonly { workspaceId: number; websiteId: number; url: string; title: string }[],
    now: Date,
  ): Promise<string[]> {
    const ids = views.map(({ websiteId, url, title }) => pageIdOf(websiteId, url, title))
    const fresh = new Map<string, WebsitePage>()
    for (const [i, view] of views.entries())
      if (!this.#stored.has(ids[i]!)) fresh.set(ids[i]!, { ...view, pageId: ids[i]! })
    if (fresh.size === 0) return ids
    const known = await this.#known(db, [...fresh.keys()])
    const others = new Map<string, string>()
    const added: WebsitePage[] = []
    for (const [websiteId, pages] of Map.groupBy(
      [...fresh.values()].filter(page => !known.has(page.pageId)),
      page => page.websiteId,
    )) {
      const room = pagesPerMonth - (await this.#countOf(db, pages[0]!, now))
      for (const page of pages.slice(0, Math.max(0, room))) added.push(page)
      this.#counts.set(websiteId, (this.#counts.get(websiteId) ?? 0) + Math.min(pages.length, Math.max(0, room)))
      for (const page of pages.slice(Math.max(0, room))) {
        const other = { ...page, url: `${page.url.split('/', 1)[0]}/:other`, title: '' }
        const id = pageIdOf(websiteId, other.url, other.title)
        others.set(page.pageId, id)
        if (!this.#stored.has(id)) added.push({ ...other, pageId: id })
      }
    }
    await insertPages(db, [...new Map(added.map(page => [page.pageId, page])).values()], now)
    if (this.#stored.size > rememberedLimit) this.#stored.clear()
    for (const id of known) this.#stored.add(id)
    for (const { pageId } of added) this.#stored.add(pageId)
    return ids.map(id => others.get(id) ?? id)
  }

  async #known(db: Db, ids: readonly string[]): Promise<Set<string>> {
    return new Set(await readStoredPages(db, ids))
  }

  /** Counted again each hour. */
  async #countOf(db: Db, { workspaceId, websiteId }: WebsitePage, now: Date): Promise<number> {
    if (now.getTime() - this.#countedAt > 3_600_000) {
      this.#counts.clear()
      this.#countedAt = now.getTime()
    }
    const count =
      this.#counts.get(websiteId) ?? (await countPages(db, workspaceId, websiteId, new Date(now.getTime() - monthMs)))
    this.#counts.set(websiteId, count)
    return count
  }
}
