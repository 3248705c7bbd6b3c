/**
 * Caching and retries of requests. Data is stale after 30 s. A read that fails in the network or with a 5xx is retried twice, after the
 * server's Retry-After if it sent one. A mutation is never retried. A 401 leads to the sign-in page, which says that the session has ended.
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
