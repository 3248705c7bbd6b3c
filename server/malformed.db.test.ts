/**
 * What is hardly HTTP, on a socket: broken heads, bodies that are cut, coded or nested oddly, forms that are none, and the same at short
 * links and opt-out pages. Each gets an answer that is a problem or a page, or a closed connection; nothing of it is in a header
 * or runs as HTML, and nobody else waits for it. Odd values in good requests: server/hostile.db.test.ts.
 */
import { gzipSync } from 'node:zlib'
import { beforeAll, describe, expect, test } from 'vitest'
import { testApp } from './access/app.fixture.ts'
import { frontOf, type RawAnswer } from './front.fixture.ts'
import { faultOf } from './hostile-calls.fixture.ts'
import { makeThings, type Things } from './routes.fixture.ts'

const app = testApp()
const front = frontOf(app)
const script = '<script>alert(1)</script>'

let base: string
let key: string
let things: Things

beforeAll(async () => {
  const workspace = await app.workspace('Malformed')
  things = await makeThings(app, workspace.id, 2)
  ;({ base, key } = workspace)
})

const auth = () => ({ authorization: `Bearer ${key}` })

/** Asks for each; returns what is wrong with the answers. */
async function faultsOf(cases: [name: string, ask: () => Promise<RawAnswer>][], page = false): Promise<unknown[]> {
  const wrong: unknown[] = []
  for (const [name, ask] of cases) {
    const before = process.cpuUsage()
    const answer = await ask()
    const { user, system } = process.cpuUsage(before)
    const { status, headers, body } = answer
    const type = headers['content-type'] ?? ''
    // Of Node itself, without a word in it.
    if ((status === 400 || status === 417) && type === '' && body.length < 10) continue
    // A page is one of ours, whatever its status.
    const html = page && type.startsWith('text/html') && !body.includes(script)
    const fault = faultOf({ status, type: html ? '' : type, body: html ? '' : body, cpuMs: (user + system) / 1000 })
    if (fault !== undefined && !(html && status < 500)) wrong.push([name, fault, answer])
    if (headers['set-cookie'] !== undefined || headers['x-evil'] !== undefined || /evil/.test(headers.location ?? ''))
      wrong.push([name, 'is steered', answer])
  }
  return wrong
}

/** Bytes with a length in front of them. */
const post = (path: string, body: string | Buffer, headers: Record<string, string> = {}) =>
  front.ask('POST', path, { ...auth(), 'content-type': 'application/json', ...headers }, body)

describe('a head', () => {
  test('that is broken in any way ends in an answer or a closed connection', async () => {
    const { raw } = front
    const get =
      (lines: string, path = '/api/v1/me') =>
      () =>
        raw(`GET ${path} HTTP/1.1\r\nhost: localhost:8080\r\nconnection: close\r\n${lines}\r\n`)
    const bytes = (text: string) => () => raw(text)
    const faults = await faultsOf([
      ['no host', bytes('GET /api/v1/me HTTP/1.1\r\n\r\n')],
      ['two hosts', get('host: evil.example\r\n')],
      ['a host that is none', bytes('GET /api/v1/me HTTP/1.1\r\nhost: ]:x/?#\r\nconnection: close\r\n\r\n')],
      ['HTTP/1.0', bytes('GET /api/v1/me HTTP/1.0\r\n\r\n')],
      ['HTTP/0.9', bytes('GET /api/v1/me\r\n\r\n')],
      ['HTTP/2', bytes('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')],
      ['TLS', () => raw(Buffer.from('16030100c8010000c40303', 'hex'))],
      ['line feeds alone', bytes('GET /api/v1/me HTTP/1.1\nhost: a\n\n')],
      ['a folded header', get('x: a\r\n b\r\n')],
      ['a NUL in a header', get('x: a\0b\r\n')],
      ['a space before the colon', get('x : a\r\n')],
      ['Latin-1 in a header', get('authorization: Bearer \xe5\xe4\xf6\r\n')],
      ['two keys', get('authorization: Bearer a\r\nauthorization: Bearer b\r\n')],
      ['a very long key', get(`authorization: Bearer ${'a'.repeat(9_000)}\r\n`)],
      ['cookies that are none', get('cookie: homing.session_token=%; a=%E0%A4%A; =; ;;;\r\n')],
      ['a thousand cookies', get(`cookie: ${'homing.session_token=a.b; '.repeat(300)}\r\n`)],
      ['a hundred hops', get(`x-forwarded-for: ${'1.2.3.4, '.repeat(800)}\r\n`)],
      ['a hundred and fifty headers', get(Array.from({ length: 150 }, (_, i) => `x-${i}: 1\r\n`).join(''))],
      ['an expectation', get('expect: a miracle\r\ncontent-length: 0\r\n')],
      ['an upgrade', get('connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-key: x\r\n')],
      [
        'an upgrade to HTTP/2',
        get('connection: upgrade, http2-settings\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABkAAQAAP__\r\n'),
      ],
      ['a tunnel', bytes('CONNECT evil.example:443 HTTP/1.1\r\nhost: evil.example:443\r\n\r\n')],
      [
        'TRACE',
        bytes('TRACE /api/v1/me HTTP/1.1\r\nhost: a\r\nconnection: close\r\nx: <script>alert(1)</script>\r\n\r\n'),
      ],
      ['a method of nobody', bytes('BREW /api/v1/me HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n')],
      ['a whole address', get('', 'http://evil.example/api/v1/me')],
      ['an address with somebody in it', get('', 'http://a:b@evil.example/api/v1/me')],
      ['no path', get('', '*')],
      ['a fragment', get('', '/api/v1/me#x')],
      ['dots', get('', '/api/v1/workspaces/../../../../etc/passwd')],
      ['coded dots', get('', '/api/v1/%2e%2e/%2e%2e/etc/passwd')],
      ['a NUL', get('', '/api/v1/me%00.html')],
      ['a broken code', get('', '/api/v1/%c0%ae%ff')],
      ['a script', get('', `/api/v1/${encodeURIComponent(script)}`)],
      ['a line break', get('', '/api/v1/me%0d%0aSet-Cookie:%20a=b')],
      ['a long address', get('', `/api/v1/${'a/'.repeat(4_000)}`)],
      ['a negative length', bytes('POST /api/v1/me HTTP/1.1\r\nhost: a\r\ncontent-length: -1\r\n\r\n')],
      ['a length in words', bytes('POST /api/v1/me HTTP/1.1\r\nhost: a\r\ncontent-length: five\r\n\r\nhello')],
      ['a huge length', bytes('POST /api/v1/me HTTP/1.1\r\nhost: a\r\ncontent-length: 99999999999999999999\r\n\r\n')],
      [
        'chunks that are none',
        bytes('POST /api/v1/me HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n\r\n'),
      ],
      [
        'chunks of chunks',
        bytes('POST /api/v1/me HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked, chunked\r\n\r\n0\r\n\r\n'),
      ],
      ['an unknown transfer', bytes('POST /api/v1/me HTTP/1.1\r\nhost: a\r\ntransfer-encoding: cow\r\n\r\n')],
    ])
    expect(faults).toEqual([])
  })
})

describe('a body', () => {
  test('that is cut, coded or nested oddly is refused in a sentence', async () => {
    const path = `${base}/topics`
    const json =
      (text: string | Buffer, headers = {}) =>
      () =>
        post(path, text, headers)
    const faults = await faultsOf([
      ['nothing', json('')],
      ['null', json('null')],
      ['a number', json('1')],
      ['a text', json('"x"')],
      ['two values', json('{"name":"a"}{"name":"b"}')],
      ['a comment', json('{"name":"a"/*x*/}')],
      ['NaN', json('{"name":NaN}')],
      ['a field twice', json('{"name":"a","name":7}')],
      ['a mark in front', json('\ufeff{"name":"marked"}')],
      ['UTF-16', json(Buffer.from('{"name":"a"}', 'utf16le'))],
      ['bytes that are no UTF-8', json(Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]))],
      ['another character set', json('{"name":"a"}', { 'content-type': 'application/json; charset=utf-16' })],
      [
        'a type with much behind it',
        json('{"name":1}', { 'content-type': `application/json;${' a=b;'.repeat(1_000)}` }),
      ],
      ['a type that is none', json('{"name":1}', { 'content-type': '/;=' })],
      ['zipped', json(gzipSync('{"name":"a"}'), { 'content-encoding': 'gzip' })],
      ['deep', json('['.repeat(500_000))],
      ['deep and whole', json(`{"name":${'['.repeat(100_000)}${']'.repeat(100_000)}}`)],
      ['deep objects', json(`{"name":${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}}`)],
      ['a hundred thousand fields', json(`{${Array.from({ length: 100_000 }, (_, i) => `"f${i}":1`).join(',')}}`)],
      ['a million digits', json(`{"name":${'9'.repeat(1_000_000)}}`)],
      ['a text of a megabyte', json(JSON.stringify({ name: 'x'.repeat(1_000_000) }))],
      ['escapes of a megabyte', json(`{"name":"${'\\ud83d'.repeat(160_000)}"}`)],
      ['__proto__', json('{"__proto__":{"role":"owner"},"name":"p"}')],
      ['constructor', json('{"constructor":{"prototype":{"role":"owner"}},"name":"c"}')],
      ['a script', json(JSON.stringify({ name: { [script]: script } }))],
    ])
    expect(faults).toEqual([])
  })

  test('that ends too early ends its connection, and nothing else', async () => {
    const head = `POST ${base}/topics HTTP/1.1\r\nhost: a\r\nauthorization: Bearer ${key}\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"na`
    await front.cut(head)
    await front.cut(
      `${head.replace('content-length: 100', 'transfer-encoding: chunked').replace('{"na', '5\r\n{"nam')}`,
    )
    expect((await front.ask('GET', '/health')).status).toBe(200)
  })
})

describe('a query', () => {
  test('with what is there twice, is no text or no list is refused in a sentence', async () => {
    const at = (path: string, query: string) => (): Promise<RawAnswer> =>
      front.ask('GET', `${base}${path}?${query}`, auth())
    const lists: [string, string][] = [
      ['/activities', 'limit=1&limit=2'],
      ['/activities', 'limit[]=1&limit[a]=2'],
      ['/activities', '__proto__=1&__proto__[limit]=1&constructor[prototype]=1'],
      ['/activities', `search=${'%00'.repeat(50)}`],
      ['/activities', 'search=%ff%fe&after=%c0%80'],
      ['/activities', '&&&==&=&%'],
      ['/activities', `${'a=1&'.repeat(2_500)}`],
      ['/profiles', 'after=%ff&search=%'],
      ['/profiles', 'after=a&after=b&search=x&search=y'],
      ['/imports', 'after=9007199254740993&limit=1e3'],
      ['/unmatched', 'after=1_1_999999999999999&state=x'],
      [`/activities/${things.named.ids}/lists/sent`, 'after=W10&after=W10&sort=x&sort=y'],
      [`/activities/${things.named.ids}/export/sent`, 'format=csv&format=xlsx'],
      [`/activities/${things.named.ids}/export/sent`, 'format=../../etc/passwd'],
      ['/activities/compare', 'ids=1&ids=2&ids=1,2,,x'],
    ]
    const faults = await faultsOf(lists.map(([path, query]) => [`${path}?${query.slice(0, 60)}`, at(path, query)]))
    expect(faults).toEqual([])
  })
})

describe('a form with a file', () => {
  const part = (head: string, body: string) => `--B\r\n${head}\r\n\r\n${body}\r\n`
  const file = part('content-disposition: form-data; name="file"; filename="a.csv"', 'phone\n1')
  const options = part('content-disposition: form-data; name="options"', '{"map":{"phone":"phone"}}')

  test('that is broken in any way is refused in a sentence', async () => {
    const send =
      (body: string, type = 'multipart/form-data; boundary=B', path = '/imports') =>
      () =>
        post(`${base}${path}`, body, { 'content-type': type })
    const faults = await faultsOf([
      ['no boundary', send(file, 'multipart/form-data')],
      ['an empty boundary', send(file, 'multipart/form-data; boundary=')],
      ['a long boundary', send(file, `multipart/form-data; boundary=${'b'.repeat(5_000)}`)],
      ['a boundary with a line break in it', send(file, 'multipart/form-data; boundary="a\tb"')],
      ['nothing', send('')],
      ['no end', send(options + file)],
      ['an end alone', send('--B--\r\n')],
      ['no part', send('x'.repeat(100_000))],
      ['a part without a head', send(`--B\r\n\r\nx\r\n--B--\r\n`)],
      ['a part without a name', send(`${part('content-disposition: form-data', 'x')}--B--\r\n`)],
      ['a name that is a script', send(`${part(`content-disposition: form-data; name="${script}"`, 'x')}--B--\r\n`)],
      ['__proto__', send(`${part('content-disposition: form-data; name="__proto__"', 'x')}${options}${file}--B--\r\n`)],
      ['a path for a name', send(`${options}${file.replace('a.csv', '../../../etc/cron.d/x')}--B--\r\n`)],
      ['a name with a NUL', send(`${options}${file.replace('a.csv', 'a\0.csv')}--B--\r\n`)],
      ['a long name', send(`${options}${file.replace('a.csv', `${'a'.repeat(70_000)}.csv`)}--B--\r\n`)],
      ['a coded name', send(`${options}${file.replace('filename="a.csv"', "filename*=UTF-16''%ff%fe")}--B--\r\n`)],
      ['two files', send(`${options}${file}${file}--B--\r\n`)],
      ['options twice', send(`${options}${options}${file}--B--\r\n`)],
      ['options that are no JSON', send(`${options.replace('{"map"', '{map')}${file}--B--\r\n`)],
      [
        'options with __proto__',
        send(`${options.replace('{"map"', '{"__proto__":{"mode":"both"},"map"')}${file}--B--\r\n`),
      ],
      [
        'options with deep values',
        send(`${options.replace('{"map"', `{"x":${'['.repeat(50_000)}${']'.repeat(50_000)},"map"`)}${file}--B--\r\n`),
      ],
      ['long options', send(`${options.replace('{"map"', `{"x":"${'y'.repeat(300_000)}","map"`)}${file}--B--\r\n`)],
      [
        'many fields',
        send(`${part('content-disposition: form-data; name="x"', 'y').repeat(60)}${options}${file}--B--\r\n`),
      ],
      [
        'a long head',
        send(
          `${part(`content-disposition: form-data; name="file"; filename="a"\r\nx: ${'y'.repeat(200_000)}`, 'x')}--B--\r\n`,
        ),
      ],
      [
        'base64',
        send(
          `${options}${part('content-disposition: form-data; name="file"; filename="a.csv"\r\ncontent-transfer-encoding: base64', '!!!!')}--B--\r\n`,
        ),
      ],
      [
        'a form in a form',
        send(
          `${part('content-disposition: form-data; name="file"\r\ncontent-type: multipart/mixed; boundary=C', '--C\r\n\r\nx\r\n--C--')}--B--\r\n`,
        ),
      ],
      [
        'a preview of nothing',
        send(
          `${part('content-disposition: form-data; name="file"; filename="a.csv"', '')}--B--\r\n`,
          undefined,
          '/imports/preview',
        ),
      ],
      [
        'a preview of NULs',
        send(
          `${part('content-disposition: form-data; name="file"; filename="a.csv"', '\0'.repeat(50_000))}--B--\r\n`,
          undefined,
          '/imports/preview',
        ),
      ],
      [
        'a preview of quotes',
        send(
          `${part('content-disposition: form-data; name="file"; filename="a.csv"', 'a,b\n"'.repeat(20_000))}--B--\r\n`,
          undefined,
          '/imports/preview',
        ),
      ],
    ])
    expect(faults).toEqual([])
  })
})

describe('short links and opt-out pages', () => {
  test('take whatever is beside a code, and show nothing of it', async () => {
    const { link, optOut, unknown, ask } = front
    const odd = [
      '%00',
      '%0d%0aX-Evil:%201',
      '?x=%0d%0aSet-Cookie:%20a=b',
      '?url=https://evil.example',
      '//evil.example',
      '/../..',
      encodeURIComponent(script),
      `?x=${encodeURIComponent(script)}`,
      '%ff%fe',
      `?${'a=1&'.repeat(2_000)}`,
    ]
    const headers: Record<string, string>[] = [
      { 'accept-language': `${'sv,'.repeat(3_000)}en` },
      { 'user-agent': 'x'.repeat(9_000) },
      { host: 'evil.example', 'x-forwarded-host': 'evil.example' },
      { 'x-forwarded-for': script },
      { cookie: script, referer: 'https://evil.example/' },
    ]
    const faults = await faultsOf(
      [link, optOut, unknown].flatMap((path): [string, () => Promise<RawAnswer>][] => [
        ...odd.map((end): [string, () => Promise<RawAnswer>] => [
          `${path}${end.slice(0, 60)}`,
          () => ask('GET', `${path}${end}`),
        ]),
        ...headers.map((given): [string, () => Promise<RawAnswer>] => [
          `${path} ${Object.keys(given)}`,
          () => ask('GET', path, given),
        ]),
        ...['PUT', 'DELETE', 'OPTIONS', 'PROPFIND'].map((method): [string, () => Promise<RawAnswer>] => [
          `${method} ${path}`,
          () => ask(method, path),
        ]),
      ]),
      true,
    )
    expect(faults).toEqual([])
  })

  test('do nothing with a form that is none', async () => {
    const form = { 'content-type': 'application/x-www-form-urlencoded' }
    const bodies = [
      'do=drop',
      'do=undo&do=stop_all',
      'do[]=stop',
      `do=${'x'.repeat(4_000)}`,
      'do=%ff',
      '\0\0\0',
      `do=${encodeURIComponent(script)}`,
      'x'.repeat(5_000),
    ]
    const faults = await faultsOf(
      [front.optOut, front.link, front.unknown].flatMap((path): [string, () => Promise<RawAnswer>][] => [
        ...bodies.map((body): [string, () => Promise<RawAnswer>] => [
          `${path} ${body.slice(0, 30)}`,
          () => front.ask('POST', path, form, body),
        ]),
        [
          `${path} as a form with files`,
          () => front.ask('POST', path, { 'content-type': 'multipart/form-data; boundary=B' }, '--B--'),
        ],
        [`${path} as JSON`, () => front.ask('POST', path, { 'content-type': 'application/json' }, '{"do":"stop"}')],
      ]),
      true,
    )
    expect(faults).toEqual([])
  })
})

test('no fault of the server was logged, and it still answers', async () => {
  expect(app.faults).toEqual([])
  expect((await front.ask('GET', '/health')).body).toBe('{"status":"alive"}')
})
