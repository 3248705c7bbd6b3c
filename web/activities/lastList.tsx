/**
 * The way back to the start page, to the same tab, search, order and page. Kept for this browser tab only: a new one
 * begins at the beginning.
 */
import { paths } from '../paths.ts'
import type { StartSearch } from '../search.ts'
import { BackLink } from '../ui/BackLink.tsx'

const key = (workspace: number) => `homing-sms-list-${workspace}`

export function rememberList(workspace: number, search: StartSearch): void {
  try {
    sessionStorage.setItem(key(workspace), JSON.stringify(search))
  } catch {
    // storage is full or forbidden: the way back leads to the beginning
  }
}

export function BackToList({ workspace, tab }: { workspace: number; tab: 'drafts' | 'sent' }) {
  const last = remembered(workspace)
  return (
    <BackLink {...paths.sms(workspace, (last.tab ?? 'sent') === tab ? last : { tab })}>
      {tab === 'drafts' ? 'Drafts' : 'SMS'}
    </BackLink>
  )
}

/** The address is checked by its route, as if it had been typed. */
function remembered(workspace: number): StartSearch {
  try {
    const search: unknown = JSON.parse(sessionStorage.getItem(key(workspace)) ?? '{}')
    return typeof search === 'object' && search !== null ? search : {}
  } catch {
    return {}
  }
}
