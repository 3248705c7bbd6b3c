/**
 * Keeps a report up to date by a stream of figures. While the stream is down, it polls every 5 s; if that fails too, the
 * state is `disconnected`. Older figures never replace newer ones. The stream is closed while the page is hidden, because
 * a browser keeps only a few connections to one server.
 */
import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { streams } from '../paths.ts'
import type { Liveness } from '../ui/AsOf.tsx'
import { type Report, reportQuery } from './queries.ts'

const pollMs = 5_000

export function useLiveReport(workspace: number, id: number): Liveness {
  const queries = useQueryClient()
  const [liveness, setLiveness] = useState<Liveness>('connecting')

  useEffect(() => {
    const query = reportQuery(workspace, id)
    let stream: EventSource | null = null
    let timer: ReturnType<typeof setTimeout> | undefined

    const take = (event: MessageEvent<string>) => {
      const report = JSON.parse(event.data) as Report
      queries.setQueryData(query.queryKey, old => (old && old.asOf > report.asOf ? old : report))
      setLiveness('live')
    }
    const connect = () => {
      clearTimeout(timer)
      if (document.hidden || stream) return
      stream = new EventSource(streams.report(workspace, id))
      stream.addEventListener('open', () => setLiveness('live'))
      stream.addEventListener('report', take)
      stream.addEventListener('error', () => {
        stream?.close()
        stream = null
        void poll()
      })
    }
    // Each poll also tries to reopen the stream. The first response decides the state.
    const poll = async () => {
      clearTimeout(timer)
      try {
        await queries.fetchQuery({ ...query, staleTime: 0, retry: false })
        setLiveness('polling')
      } catch {
        setLiveness('disconnected')
      }
      timer = setTimeout(connect, pollMs)
    }
    const onVisibility = () => {
      if (!document.hidden) return connect()
      clearTimeout(timer)
      stream?.close()
      stream = null
    }

    connect()
    document.addEventListener('visibilitychange', onVisibility)
    return () => {
      document.removeEventListener('visibilitychange', onVisibility)
      clearTimeout(timer)
      stream?.close()
    }
  }, [queries, workspace, id])

  return liveness
}
