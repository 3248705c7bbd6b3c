/**
 * The few pages that people see behind a short link: plain HTML, no script, nothing from elsewhere. All of them are kept out
 * of caches and search engines and tell nobody where one came from.
 */
import { hash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { escapeHtml } from '../../core/escape-html.ts'

const style = `
:root{color-scheme:light dark;--ink:#1c2126;--soft:#5b646d;--paper:#f6f7f8;--card:#fff;--line:#d9dde1;--accent:#1f5fae;--on:#fff}
@media (prefers-color-scheme:dark){:root{--ink:#e8eaec;--soft:#a3abb3;--paper:#14171a;--card:#1d2125;--line:#343a40;--accent:#7db2f0;--on:#10202f}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:grid;place-items:center;padding:1.25rem;background:var(--paper);color:var(--ink);font:1.0625rem/1.5 system-ui,sans-serif}
main{width:100%;max-width:26rem;background:var(--card);border:1px solid var(--line);border-radius:.75rem;padding:1.75rem}
h1{margin:0 0 .75rem;font-size:1.375rem;line-height:1.25;overflow-wrap:anywhere}
p{margin:0 0 1rem;overflow-wrap:anywhere}p.soft{color:var(--soft);font-size:.9375rem;margin:1.25rem 0 0}
form{margin:0}form+form{margin-top:.75rem}
button{width:100%;min-height:3rem;padding:.5rem 1rem;border:1px solid var(--accent);border-radius:.5rem;background:var(--accent);color:var(--on);font:inherit;font-weight:600;cursor:pointer}
button.quiet{background:transparent;color:var(--accent)}
button:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
`

const policy = `default-src 'none'; style-src 'sha256-${hash('sha256', style, 'base64')}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`

export type PageLanguage = 'en' | 'sv'

/** The visitor's first language among ours; English where there is none. */
export function languageOf(request: IncomingMessage): PageLanguage {
  const wished = String(request.headers['accept-language'] ?? '').split(',')
  const first = wished.map(part => part.trim().slice(0, 2).toLowerCase()).find(part => part === 'sv' || part === 'en')
  return first === 'sv' ? 'sv' : 'en'
}

export interface PlainPage {
  language: PageLanguage
  title: string
  /** HTML, already escaped */
  content: string
}

export function sendPage(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  { language, title, content }: PlainPage,
): void {
  if (response.headersSent || response.destroyed) return
  const page = Buffer.from(
    `<!doctype html><html lang="${language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>${escapeHtml(title)}</title><style>${style}</style></head><body><main><h1>${escapeHtml(title)}</h1>${content}</main></body></html>`,
  )
  response.writeHead(status, {
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Length': page.length,
    'Cache-Control': 'no-store',
    'Content-Security-Policy': policy,
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
    'X-Robots-Tag': 'noindex',
    ...(status === 503 ? { 'Retry-After': '5' } : {}),
    // A guesser's next hundred requests may already be on this connection.
    ...(status === 429 ? { 'Retry-After': '60', Connection: 'close' } : {}),
  })
  response.end(request.method === 'HEAD' ? undefined : page)
}

type NoticeStatus = 400 | 404 | 405 | 413 | 429 | 503

const notices: Readonly<
  Record<PageLanguage, Readonly<Record<NoticeStatus, readonly [title: string, sentence: string]>>>
> = {
  en: {
    400: ['That did not work', 'Open the link in your message again and use the button on the page.'],
    404: ['This page does not exist', 'Check that the whole link from your message is in the address line.'],
    405: ['That did not work', 'Open the link in your message in a browser.'],
    413: ['That did not work', 'Open the link in your message again and use the button on the page.'],
    429: ['Too many wrong links', 'Wait a minute, then open the link in your message again.'],
    503: ['One moment, please', 'The page cannot be shown right now. Try again in a minute.'],
  },
  sv: {
    400: ['Det gick inte', 'Öppna länken i ditt meddelande igen och använd knappen på sidan.'],
    404: ['Sidan finns inte', 'Kontrollera att hela länken från ditt meddelande står i adressfältet.'],
    405: ['Det gick inte', 'Öppna länken i ditt meddelande i en webbläsare.'],
    413: ['Det gick inte', 'Öppna länken i ditt meddelande igen och använd knappen på sidan.'],
    429: ['För många felaktiga länkar', 'Vänta en minut och öppna sedan länken i ditt meddelande igen.'],
    503: ['Ett ögonblick', 'Sidan kan inte visas just nu. Försök igen om en minut.'],
  },
}

export function sendNotice(request: IncomingMessage, response: ServerResponse, status: NoticeStatus): void {
  const language = languageOf(request)
  const [title, sentence] = notices[language][status]
  sendPage(request, response, status, { language, title, content: `<p>${escapeHtml(sentence)}</p>` })
}

/** For every code that leads nowhere, whatever the reason. */
export function sendMissing(request: IncomingMessage, response: ServerResponse, allowed: boolean): void {
  sendNotice(request, response, allowed ? 404 : 429)
}
