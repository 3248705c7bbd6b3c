/**
 * Back to the same place: the history entry of a list keeps the row that was opened last, so that this row has the focus
 * on the way back. Page, search and order are in the address.
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
    // Else what follows at once takes its place.
    history.flush()
  }
  return { focusKey, leave }
}
