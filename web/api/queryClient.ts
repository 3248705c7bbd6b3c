/**
 * How pages keep what they have read: again after 30 s or when asked, failures of the network and a busy server twice more, when the server
 * says so; a 401 leads to the sign-in, which says why where somebody was signed in. A change is never sent twice: its page shows what the server says.
 */
import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query'
import { asProblem } from './problem.ts'

function toSignIn(thrown: unknown) {
  if (asProblem(thrown).status !== 401 || window.location.pathname === '/sign-in') return
  const back = encodeURIComponent(window.location.pathname + window.location.search)
  const was = queryClient.getQueryData(['me']) === undefined ? '' : '&problem=session'
  window.location.assign(`/sign-in?back=${back}${was}`)
}

export const queryClient = new QueryClient({
  queryCache: new QueryCache({ onError: toSignIn }),
  mutationCache: new MutationCache({ onError: toSignIn }),
  defaultOptions: {
    queries: {
      staleTime: 30_000,
      retry: (failures, thrown) => {
        const { status } = asProblem(thrown)
        return failures < 2 && (status === 0 || status >= 500)
      },
      retryDelay: (failures, thrown) => {
        const { retryAfterSeconds } = asProblem(thrown)
        return retryAfterSeconds === undefined ? 1_000 * 2 ** failures : Math.min(retryAfterSeconds, 30) * 1_000
      },
    },
  },
})
