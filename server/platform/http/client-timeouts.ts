/**
 * Limits on how long clients may keep a connection waiting, and on how many connections there are:
 *
 * - headers: from the first byte of a request (node:http; checked every `lookMs`);
 * - the body of a form or of JSON: in total;
 * - an upload: as long as bytes arrive, up to `requestMs` in total;
 * - the rest of a body that has been answered already: a moment.
 *
 * At most `most` connections are open. Above that, those that have waited longest for their client are closed: one more visitor is
 * always accepted, and a count by address could lock out everyone behind one proxy.
 */
import { readFileSync } from 'node:fs'
import type { IncomingMessage, Server, ServerOptions, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** Real time. */
export interface ConnectionLimits {
  headersMs: number
  /** between two requests; proxies keep theirs open for 60 s */
  idleMs: number
  bodyMs: number
  /** upload without a byte */
  stallMs: number
  /** answered request: time for the rest of its body */
  restMs: number
  /** any request in total: 2 GiB at 100 kB/s */
  requestMs: number
  lookMs: number
  most: number
}

export const connectionLimits: ConnectionLimits = {
  headersMs: 20_000,
  idleMs: 65_000,
  bodyMs: 60_000,
  stallMs: 60_000,
  restMs: 5_000,
  requestMs: 6 * 3_600_000,
  lookMs: 5_000,
  most: Math.min(10_000, Math.floor(openFiles() / 2)),
}

/** The share closed at once, so that many new connections do not repeat the search each time. */
const endedShare = 0.05

export function serverOptions({ headersMs, idleMs, requestMs, lookMs }: ConnectionLimits): ServerOptions {
  return {
    headersTimeout: headersMs,
    keepAliveTimeout: idleMs,
    requestTimeout: requestMs,
    connectionsCheckingInterval: lookMs,
  }
}

interface Connection {
  request: IncomingMessage | undefined
  response: ServerResponse | undefined
}

/** Call it with each request before it is handled. `tooSlow` answers and ends a request whose body does not arrive. */
export function limitConnections(
  server: Server,
  limits: ConnectionLimits,
  tooSlow: (socket: Socket) => void,
): (request: IncomingMessage, response: ServerResponse) => void {
  const open = new Map<Socket, Connection>()
  server.on('connection', socket => {
    open.set(socket, { request: undefined, response: undefined })
    socket.once('close', () => open.delete(socket))
    if (open.size > limits.most) endWaiting(open, Math.max(1, Math.floor(limits.most * endedShare)))
  })
  return (request, response) => {
    const connection = open.get(request.socket)
    if (connection !== undefined) {
      connection.request = request
      connection.response = response
    }
    const { headers, socket } = request
    if (headers['transfer-encoding'] === undefined && (headers['content-length'] ?? '0') === '0') return
    // Ordered by the beginning of their wait.
    if (connection !== undefined && open.delete(socket)) open.set(socket, connection)
    watchBody(request, response, limits, tooSlow)
  }
}

/** First those that owe headers or a body, the longest wait first; then idle ones. Never the newest. */
function endWaiting(open: ReadonlyMap<Socket, Connection>, count: number): void {
  const sockets = [...open.keys()]
  const newest = sockets.pop()
  const stateOf = (socket: Socket) => open.get(socket)
  const owes = (socket: Socket) => stateOf(socket)?.request?.complete !== true
  const rests = (socket: Socket) => stateOf(socket)?.response?.writableFinished === true
  const victims = [...sockets.filter(owes), ...sockets.filter(socket => !owes(socket) && rests(socket))].slice(0, count)
  // All are being answered: then the newest has to come again.
  if (victims.length === 0) newest?.destroy()
  for (const socket of victims) socket.destroy()
}

function watchBody(
  request: IncomingMessage,
  response: ServerResponse,
  limits: ConnectionLimits,
  tooSlow: (socket: Socket) => void,
): void {
  const { socket } = request
  const end = () => {
    if (request.complete) return
    if (!response.headersSent) tooSlow(socket)
    socket.destroySoon()
  }
  let timer: NodeJS.Timeout
  if (isUpload(request)) {
    let [bytes, still] = [0, 0]
    const looks = 4
    timer = setInterval(() => {
      still = socket.bytesRead === bytes ? still + 1 : 0
      bytes = socket.bytesRead
      if (still >= looks) end()
    }, limits.stallMs / looks)
  } else timer = setTimeout(end, limits.bodyMs)
  timer.unref()
  response.once('finish', () => {
    clearTimeout(timer)
    if (!request.complete) timer = setTimeout(end, limits.restMs).unref()
  })
  const clear = () => {
    clearTimeout(timer)
    // A connection may be kept for any number of requests.
    socket.off('close', clear)
  }
  request.once('close', clear)
  socket.once('close', clear)
}

/** A list to import. A client that may not import is refused before its body is read. */
function isUpload({ url = '', headers }: IncomingMessage): boolean {
  return url.startsWith('/api/') && (headers['content-type'] ?? '').startsWith('multipart/form-data')
}

/** How many files and sockets the operating system allows this process. */
function openFiles(): number {
  try {
    const [, soft] = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? []
    return soft === undefined ? Number.POSITIVE_INFINITY : Number(soft)
  } catch {
    return Number.POSITIVE_INFINITY
  }
}
