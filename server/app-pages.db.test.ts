/** What the web process serves beside the API: pages, files, short links in front, live streams, and how it ends. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { get } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { afterAll, describe, expect, test } from 'vitest'
import { start, testApp } from './access/app.fixture.ts'
import { buildApp, uiPaths } from './app.ts'
import { codeIn } from './clicks/link-path.ts'
import { makeClock } from './platform/clock.ts'
import { makeLive } from './platform/http/live.ts'

const folder = mkdtempSync(join(tmpdir(), 'homing-pages-'))
mkdirSync(join(folder, 'assets'))
writeFileSync(
  join(folder, 'index.html'),
  '<!doctype html><title>Homing</title><script>early()</script><script src="/assets/a-1.js"></script>',
)
writeFileSync(join(folder, 'assets', 'a-1.js'), 'run()')
writeFileSync(join(folder, 'assets', 'a-1.js.gz'), gzipSync('run()'))
writeFileSync(join(folder, 'assets', 'a-1.js.br'), brotliCompressSync('run()'))
writeFileSync(join(folder, 'icon.svg'), '<svg/>')
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const app = testApp({ uiFolder: folder })

describe('pages', () => {
  test('every address of the UI is its one page', async () => {
    for (const path of ['/', '/?a=b', '/sign-in', '/sign-in?back=/', '/w/1/sms', '/w/1/sms/12/report?tab=clicks']) {
      const page = await app.call('GET', path)
      expect(page).toMatchObject({
        status: 200,
        headers: { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-cache' },
      })
      expect(page.body).toContain('<title>Homing</title>')
    }
  })

  test('an address that nobody has, such as a short link that was cut, gets a neutral page', async () => {
    for (const path of [
      '/abcdefghij',
      '/abcdefghijkmn',
      '/abc.',
      '/welcome',
      '/sign-inx',
      '/wp-login.php',
      '/W/1',
      '/a/b',
    ]) {
      const page = await app.call('GET', path, { headers: { 'accept-language': 'sv' } })
      expect(page, path).toMatchObject({
        status: 404,
        headers: { 'cache-control': 'no-store', 'x-robots-tag': 'noindex' },
      })
      expect(page.body, path).toContain('Sidan finns inte')
      expect(page.body, path).not.toMatch(/homing|<script/i)
    }
    expect(await app.call('HEAD', '/abc')).toMatchObject({ status: 404, body: undefined })
  })

  test('the pages of the UI are listed, and none looks like a short link', async () => {
    const routes = readFileSync(new URL('../web/routes.tsx', import.meta.url), 'utf8')
    const top = [...routes.matchAll(/getParentRoute: \(\) => root,\s*path: '([^']*)'/g)].map(([, path = '']) => path)
    expect(top.length).toBeGreaterThan(2)
    for (const path of [...top, ...uiPaths, '/assets/index-12345678.js', '/sign-in-link/x', '/api/v1/me', '/health'])
      expect(codeIn(path), path).toBe(undefined)
    expect(top.map(path => `/${path.split('/')[1]}`).filter(path => !uiPaths.includes(path))).toEqual([])
  })

  test('files are files; those with a hash in their name stay with the browser', async () => {
    expect(await app.call('GET', '/assets/a-1.js')).toMatchObject({
      status: 200,
      body: 'run()',
      headers: { 'cache-control': 'public, max-age=31536000, immutable' },
    })
    expect(await app.call('GET', '/icon.svg')).toMatchObject({
      status: 200,
      headers: { 'cache-control': 'no-cache', 'content-type': 'image/svg+xml' },
    })
    for (const path of ['/assets/gone.js', '/api/nothing', '/../../etc/passwd', '/assets/..%2f..%2f..%2fetc%2fpasswd'])
      expect(String((await app.call('GET', path)).body)).not.toContain('root:')
    expect((await app.call('GET', '/assets/gone.js')).status).toBe(404)
    expect((await app.call('POST', '/w/1/sms', { body: {} })).status).toBe(404)
  })

  test('what lies compressed beside a file is sent to those who take it', async () => {
    const asked = async (encoding: string) => {
      const { headers, status } = await app.call('GET', '/assets/a-1.js', { headers: { 'accept-encoding': encoding } })
      expect(headers).toMatchObject({
        'cache-control': 'public, max-age=31536000, immutable',
        vary: expect.stringMatching(/accept-encoding/i),
      })
      return [status, headers['content-encoding'], headers['content-type']]
    }
    expect(await asked('gzip, br')).toEqual([200, 'br', expect.stringContaining('javascript')])
    expect(await asked('gzip')).toEqual([200, 'gzip', expect.stringContaining('javascript')])
    expect(await asked('identity')).toEqual([200, undefined, expect.stringContaining('javascript')])
  })

  test('only the inline scripts of our own page may run', async () => {
    const { headers } = await app.call('GET', '/')
    // SHA-256 of early()
    expect(headers['content-security-policy']).toMatch(/script-src 'self' 'sha256-[A-Za-z0-9+/]{43}='(;|$)/)
    expect(headers['content-security-policy']).not.toMatch(/script-src[^;]*unsafe/)
  })
})

describe('on a socket', () => {
  const fetched = (port: number, path: string) =>
    new Promise<{ status: number | undefined; text: string }>((resolve, reject) =>
      get({ port, host: '127.0.0.1', path, agent: false }, response => {
        let text = ''
        response.setEncoding('utf8').on('data', chunk => {
          text += chunk
        })
        response.on('end', () => resolve({ status: response.statusCode, text }))
      }).on('error', reject),
    )

  test('short links are asked first, and a close ends live streams at once', async () => {
    const live = makeLive({ pollMs: 20 })
    const built = await buildApp(
      { ...app.deps, live, clock: makeClock(1, Date.now(), start.getTime()) },
      {
        front(request, response) {
          if (request.url !== '/abcdefghijk') return false
          response.writeHead(302, { location: 'https://shop.example/' }).end()
          return true
        },
      },
    )
    const port = await built.listen(0, '127.0.0.1')
    expect((await fetched(port, '/abcdefghijk')).status).toBe(302)
    expect((await fetched(port, '/health')).text).toBe('{"status":"alive"}')
    expect((await fetched(port, '/ready')).status).toBe(200)

    const shop = await app.workspace('Live')
    const { body } = await app.call('POST', `${shop.base}/activities`, { key: shop.key, body: { name: 'x' } })
    const path = `${shop.base}/activities/${(body as { id: number }).id}/live`
    const first = Promise.withResolvers<string>()
    const ended = Promise.withResolvers<void>()
    get({ port, host: '127.0.0.1', path, headers: { authorization: `Bearer ${shop.key}` } }, response => {
      expect(response.headers['content-type']).toContain('text/event-stream')
      expect(response.headers['x-content-type-options']).toBe('nosniff')
      response.setEncoding('utf8').on('data', chunk => {
        if (chunk.includes('event: report')) first.resolve(chunk)
      })
      response.on('end', () => ended.resolve())
    }).on('error', () => ended.resolve())
    expect(await first.promise).toContain('"targeted":0')
    const before = Date.now()
    await Promise.all([built.close(), ended.promise])
    expect(Date.now() - before).toBeLessThan(4_000)
  })
})
