/** E-mails over the SMTP gateway to the simulator, and what comes back: replies, reports, visits. */
import { createServer } from 'node:http'
import { afterAll, expect, test, vi } from 'vitest'
import type { GatewayAnswer, RenderedEmail } from '../gateway.ts'
import { type MarkedOf, outgoingEmail } from '../outgoing.fixture.ts'
import { SmtpGateway } from '../smtp/smtp-gateway.ts'
import { startSmtpPeer } from '../smtp/smtp-peer.fixture.ts'
import { mailFateOf, startMailSimulator } from './mail-simulator.ts'

const visits: { method: string; url: string; body: string }[] = []
const pages = createServer((request, response) => {
  let body = ''
  request.on('data', chunk => {
    body += chunk
  })
  request.on('end', () => {
    visits.push({ method: request.method ?? '', url: request.url ?? '', body })
    response.end('ok')
  })
})
await new Promise<void>(resolve => pages.listen(0, '127.0.0.1', resolve))
const address = pages.address()
const origin = `http://127.0.0.1:${address !== null && typeof address === 'object' ? address.port : 0}`
const reports = await startSmtpPeer()
const simulator = await startMailSimulator({ port: 0, reportPort: reports.port, delayMs: [0, 1] })
const answers: GatewayAnswer<MarkedOf<RenderedEmail>>[] = []
const gateway = new SmtpGateway<MarkedOf<RenderedEmail>>(
  {
    ...{ gatewayId: 1, window: 4, rate: 0, webhookUrl: 'https://homing.example/webhooks/1' },
    settings: {
      ...{ host: '127.0.0.1', port: simulator.port, security: 'none', password: '' },
      ...{ bounceDomain: 'bounce.example.com', perConnection: 200, dkimSelector: 'homing1' },
    },
    now: () => new Date(),
    refuses: () => undefined,
  },
  {
    answered: list => answers.push(...list),
    ...{ arrived: () => {}, beforeWrite: () => true, mayStill: () => true, ready: () => {}, changed: () => {} },
  },
)
afterAll(async () => {
  await gateway.close()
  await simulator.close()
  await reports.close()
  pages.close()
})

const until = (check: () => void) => vi.waitFor(check, { interval: 2, timeout: 10_000 })
const content = {
  html: `<a href="${origin}/link?a=1&amp;b=2">Look</a><img src="${origin}/pixel" alt="">`,
  text: `Look: ${origin}/link`,
  unsubscribe: `${origin}/unsubscribe`,
}

async function send(number: number, who: string) {
  await until(() => expect(gateway.ready).toBe(true))
  const message = outgoingEmail(number, { to: `${who}-${number}@example.net`, content })
  gateway.submit([message])
  await until(() => expect(answers.some(answer => answer.message === message)).toBe(true))
  gateway.committed([message])
  return answers.find(answer => answer.message === message)
}

test.each([
  ['no-such-user', { outcome: 'hard', counts: true, code: 'smtp:5.1.1' }],
  ['full', { outcome: 'soft', code: 'smtp:4.2.2' }],
  ['anna', { outcome: 'accepted' }],
])('%s answers at once', async (who, answer) => {
  expect(await send(1, who)).toMatchObject(answer)
})

test('a greylisted address takes the second try', async () => {
  expect(await send(2, 'greylisted')).toMatchObject({ outcome: 'soft', code: 'smtp:4.7.1' })
  expect(await send(2, 'greylisted')).toMatchObject({ outcome: 'accepted' })
})

test('what returns later comes to the return path, as a report of its kind', async () => {
  expect(await send(3, 'returned')).toMatchObject({ outcome: 'accepted' })
  expect(await send(4, 'complains')).toMatchObject({ outcome: 'accepted' })
  await until(() => expect(reports.mails).toHaveLength(2))
  for (const [number, type] of [
    [3, 'delivery-status'],
    [4, 'feedback-report'],
  ] as const)
    expect(reports.mails.find(({ to }) => to === `b-000000000000${number}@bounce.example.com`)).toMatchObject({
      from: '',
      raw: expect.stringContaining(`report-type=${type}`),
    })
})

test('people open, click and unsubscribe, and a program opens before them', async () => {
  for (const [number, who] of ['clicks', 'opens', 'prefetched', 'unsubscribes'].entries()) await send(10 + number, who)
  await until(() => expect(visits).toHaveLength(5))
  expect(visits.filter(({ url }) => url === '/pixel')).toHaveLength(3)
  expect(visits.filter(({ url }) => url === '/link?a=1&b=2')).toHaveLength(1)
  expect(visits.find(({ url }) => url === '/unsubscribe')).toMatchObject({
    method: 'POST',
    body: 'List-Unsubscribe=One-Click',
  })
})

test('of many addresses most are read, and some of each kind are there', () => {
  const all = Array.from({ length: 5000 }, (_, i) => mailFateOf(`p${i}@example.net`))
  const share = (fate: string) => all.filter(one => one === fate).length / all.length
  expect(share('reads')).toBeGreaterThan(0.4)
  for (const fate of ['no-such-user', 'full', 'greylisted', 'returned', 'clicks', 'opens', 'prefetched'])
    expect(share(fate)).toBeGreaterThan(0)
})
