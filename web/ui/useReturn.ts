/**
 * Restores the focus when the user returns to a list: its history entry keeps the row that was opened last. Page, search
 * and order are in the address.
 */
import { useLocation, useRouter } from '@tanstack/react-router'

declare module '@tanstack/react-router' {
  interface HistoryState {
    /** The key of the row that was opened from here. */
    row?: string
  }
}

export function useReturn(): { focusKey: string | undefined; leave: (key: string) => void } {
  const { history } = useRouter()
  const focusKey = useLocation({ select: location => location.state.row })
  const leave = (key: string) => {
    const { href, state } = history.location
    history.replace(href, { ...state, row: key })
    // Without a flush, a navigation that follows immediately would overwrite the entry.
    history.flush()
  }
  return { focusKey, leave }
}
