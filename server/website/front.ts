/**
 * What shops' pages and servers ask of us, on bare node:http in front of the pages: the script (`/s/KEY.js`), what it sends (`/e`), and the API of
 * servers (`/v1/…`, in the shape of Segment's). None of their addresses looks like a short link.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type ReceiveInput, receiveFromBrowser } from './receive-from-browser.ts'
import { receiveFromServer, serverCalls } from './receive-from-server.ts'
import { readScript, serveScript } from './serve-script.ts'

export function makeWebsiteFront(input: ReceiveInput): (request: IncomingMessage, response: ServerResponse) => boolean {
  const script = readScript()
  return (request, response) => {
    const url = request.url ?? ''
    // Nearly all requests are for something else.
    if (url.startsWith('/e') && (url === '/e' || url.startsWith('/e?'))) {
      void receiveFromBrowser(request, response, input)
      return true
    }
    if (url.startsWith('/s/')) return serveScript(request, response, { ...input, script })
    if (!url.startsWith('/v1/')) return false
    const [path = ''] = url.slice('/v1/'.length).split('?', 1)
    const call = serverCalls.find(name => path === name)
    if (call === undefined) return false
    void receiveFromServer(call, request, response, input)
    return true
  }
}
