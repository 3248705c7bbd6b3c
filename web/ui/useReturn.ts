/**
 * Back to the same place: which row of a list was left last stands in the history entry of the list, so that it has the focus
 * when one comes back. The page, search and order stand in the address already.
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
