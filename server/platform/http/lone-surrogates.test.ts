import Fastify from 'fastify'
import { expect, test } from 'vitest'
import { takeWholeTexts } from './lone-surrogates.ts'

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

test('half of a character becomes U+FFFD anywhere in a body; a whole one stays', async () => {
  expect(await send(String.raw`{"a":"\ud83dx","b":[{"\uDE00":"\uD83D\uDE00"},1,null,true],"c":"\\ud83d"}`)).toEqual({
    a: '\u{FFFD}x',
    b: [{ '\u{FFFD}': '😀' }, 1, null, true],
    c: String.raw`\ud83d`,
  })
})

test('a name is a name, also that of a prototype', async () => {
  const body = await send(String.raw`{"__proto__":{"a":"\ud83d"},"constructor":1}`)
  expect(JSON.stringify(body)).toBe('{"__proto__":{"a":"\u{FFFD}"},"constructor":1}')
})

test('a body that is no JSON or is empty is refused as before', async () => {
  for (const payload of [String.raw`{"a":"\ud83d`, '']) expect([payload, await send(payload)]).toEqual([payload, 400])
})
