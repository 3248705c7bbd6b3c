import Fastify from 'fastify'
import { expect, test } from 'vitest'
import { takeWholeTexts } from './whole-texts.ts'

async function send(payload: string) {
  const app = Fastify()
  takeWholeTexts(app)
  app.post('/', request => ({ body: request.body }))
  const answer = await app.inject({
    method: 'POST',
    url: '/',
    headers: { 'content-type': 'application/json' },
    payload,
  })
  return answer.statusCode === 200 ? answer.json<{ body: unknown }>().body : answer.statusCode
}

test('half of a character becomes U+FFFD wherever it stands in a body; a whole one stays', async () => {
  expect(await send(String.raw`{"a":"\ud83dx","b":[{"\uDE00":"\uD83D\uDE00"},1,null,true],"c":"\\ud83d"}`)).toEqual({
    a: '\u{FFFD}x',
    b: [{ '\u{FFFD}': '😀' }, 1, null, true],
    c: String.raw`\ud83d`,
  })
})

test('a body that is no JSON, is empty or means a prototype is refused as before', async () => {
  for (const payload of [String.raw`{"a":"\ud83d`, '', String.raw`{"__proto__":{"a":"\ud83d"}}`])
    expect([payload, await send(payload)]).toEqual([payload, 400])
})
