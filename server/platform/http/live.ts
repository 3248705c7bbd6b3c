/**
 * Live updates by Server-Sent Events. A process polls each watched key once per second, however many viewers it has, and sends the
 * newest value when it has changed. Nothing is queued for a slow client: it gets the newest value when its socket is free again. A stream
 * ends after ten minutes, and within seconds if its viewer loses access (still-allowed.ts). Each principal and each workspace has a
 * share of the streams, so that no one uses up those of others.
 */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { problem } from '../../../core/problems.ts'
import { monotonicMs } from '../clock.ts'
import type { Requester } from '../fair-queue.ts'
import { type SeatLimits, Seats } from './seats.ts'

export interface Watch<Value> {
  /** What is watched: equal keys share one poll. */
  key: string
  /** Name of the event. */
  event: string
  poll(): Promise<Value>
  /** What must differ for a change; default: the value as JSON. Omit what always changes, such as "as of". */
  sameness?(value: Value): string
}

export interface Live {
  /** Answers the request with an endless stream. */
  serve<Value>(
    request: FastifyRequest,
    reply: FastifyReply,
    watch: Watch<Value>,
    viewer: LiveViewer,
  ): Promise<FastifyReply>
  /** How many streams are open. */
  viewers(): number
  /** Ends all streams. */
  close(): void
}

/** Who is watching, and how the stream learns that access has ended. */
export interface LiveViewer extends Requester {
  /** The returned function stops the checks. */
  untilEnded?(end: () => void): () => void
}

export interface LiveOptions {
  pollMs?: number
  heartbeatMs?: number
  streamMs?: number
  /** streams at once */
  limits?: SeatLimits
  onError?(error: unknown, key: string): void
}

const liveLimits: SeatLimits = { each: 20, workspace: 400, all: 2_000 }

interface Viewer {
  write(chunk: string): boolean
  end(): void
  /** the last chunk that the socket got */
  sent: string
  busy: boolean
}

interface Channel {
  viewers: Set<Viewer>
  /** the newest value as a chunk of the stream, and the text that decides whether it changed */
  chunk: string
  sameness: string
  timer: NodeJS.Timeout | undefined
}

export function makeLive(options: LiveOptions = {}): Live {
  const { pollMs = 1_000, heartbeatMs = 15_000, streamMs = 600_000, limits = liveLimits, onError } = options
  const channels = new Map<string, Channel>()
  const seats = new Seats(limits)
  const count = () => [...channels.values()].reduce((sum, channel) => sum + channel.viewers.size, 0)

  /** Polls, sends a change to all viewers and plans the next poll; ends with the last viewer. */
  async function run<Value>(channel: Channel, watch: Watch<Value>): Promise<void> {
    const startedMs = monotonicMs()
    try {
      const value = await watch.poll()
      const json = JSON.stringify(value)
      const sameness = watch.sameness?.(value) ?? json
      if (sameness !== channel.sameness) {
        channel.sameness = sameness
        channel.chunk = `event: ${watch.event}\ndata: ${json}\n\n`
        for (const viewer of channel.viewers) show(viewer, channel.chunk)
      }
    } catch (error) {
      // The stream stays open: the next poll may work (a database that restarts).
      onError?.(error, watch.key)
    }
    if (channel.viewers.size === 0) {
      if (channels.get(watch.key) === channel) channels.delete(watch.key)
      return
    }
    channel.timer = setTimeout(() => void run(channel, watch), Math.max(50, pollMs - (monotonicMs() - startedMs)))
  }

  return {
    viewers: count,
    async serve(request, reply, watch, viewer) {
      const seat = seats.take(viewer)
      if ('full' in seat) throw problem('too_many_viewers', { limit: seat.limit, where: seat.full })
      // Before anything is looked up: a client that disconnects meanwhile frees its seat too.
      reply.raw.once('close', seat.free)
      if (reply.raw.destroyed) seat.free()
      let channel = channels.get(watch.key)
      // Before the first byte: an error of the first poll is still a normal error response.
      const first = channel === undefined ? await watch.poll() : undefined
      channel = channels.get(watch.key)
      if (channel === undefined) {
        const json = JSON.stringify(first)
        channel = {
          viewers: new Set(),
          chunk: `event: ${watch.event}\ndata: ${json}\n\n`,
          sameness: first === undefined ? '' : (watch.sameness?.(first) ?? json),
          timer: undefined,
        }
        channels.set(watch.key, channel)
        const made = channel
        made.timer = setTimeout(() => void run(made, watch), pollMs)
      }
      const stream = { heartbeatMs, streamMs, untilEnded: viewer.untilEnded }
      open(request, reply, channel, stream)
      return reply
    },
    close() {
      for (const channel of channels.values()) {
        clearTimeout(channel.timer)
        for (const viewer of [...channel.viewers]) viewer.end()
      }
      channels.clear()
    },
  }
}

interface Stream {
  heartbeatMs: number
  streamMs: number
  untilEnded: LiveViewer['untilEnded']
}

function open(
  request: FastifyRequest,
  reply: FastifyReply,
  channel: Channel,
  { heartbeatMs, streamMs, untilEnded }: Stream,
): void {
  reply.hijack()
  const { raw } = reply
  // The client may have disconnected during the first poll; 'close' does not fire again.
  if (raw.destroyed) return
  const headers = Object.entries(reply.getHeaders()).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  )
  raw.writeHead(200, {
    ...Object.fromEntries(headers),
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store, no-transform',
    'x-accel-buffering': 'no',
    'x-request-id': request.id,
  })
  const viewer: Viewer = { write: chunk => raw.write(chunk), end: () => raw.end(), sent: '', busy: false }
  // The browser's delay before it reconnects.
  viewer.write('retry: 2000\n\n')
  channel.viewers.add(viewer)
  show(viewer, channel.chunk)
  const heartbeat = setInterval(() => {
    if (!viewer.busy) viewer.busy = !viewer.write(': still here\n\n')
  }, heartbeatMs)
  const over = setTimeout(() => raw.end(), streamMs)
  const watched = untilEnded?.(() => raw.end())
  raw.on('drain', () => {
    viewer.busy = false
    show(viewer, channel.chunk)
  })
  raw.on('error', () => {})
  raw.on('close', () => {
    clearInterval(heartbeat)
    clearTimeout(over)
    watched?.()
    channel.viewers.delete(viewer)
  })
}

function show(viewer: Viewer, chunk: string): void {
  if (viewer.busy || viewer.sent === chunk) return
  viewer.sent = chunk
  viewer.busy = !viewer.write(chunk)
}
