/** The user agents that meet links in SMS, as far as they are known: who is a program, and with what people click. */
import { isbot } from 'isbot'
import { expect, test } from 'vitest'
import { judgeHit } from '../../core/clicks/hit.ts'
import { deviceOf } from './device.ts'

const judge = (agent: string, headers: Record<string, string> = {}) =>
  judgeHit({
    method: 'GET',
    agent,
    isBot: isbot(agent),
    headers: { 'accept-language': 'en', 'accept-encoding': 'gzip', ...headers },
    addressClass: null,
  })

test.each([
  [
    'iMessage',
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_11_1) AppleWebKit/601.2.4 (KHTML, like Gecko) Version/9.0.1 Safari/601.2.4 facebookexternalhit/1.1 Facebot Twitterbot/1.0',
  ],
  ['WhatsApp', 'WhatsApp/2.23.20.0 A'],
  ['Telegram', 'TelegramBot (like TwitterBot)'],
  ['Slack', 'Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)'],
  [
    'Google Messages',
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko; Google-PageRenderer Google (+https://developers.google.com/+/web/snippet/)) Chrome/120.0.0.0 Safari/537.36',
  ],
  ['Discord', 'Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)'],
  ['Skype', 'Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5'],
  ['Viber', 'Mozilla/5.0 (compatible; Viber/1.0; ViberUrlDownloader)'],
  ['okhttp', 'okhttp/4.12.0'],
  ['curl', 'curl/8.5.0'],
  ['python', 'python-requests/2.31.0'],
])('%s is a known program', (_, agent) => expect(judge(agent)).toBe('agent'))

const people: [name: string, device: string, agent: string][] = [
  [
    'iPhone',
    'iphone',
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1',
  ],
  [
    'Chrome',
    'android',
    'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Mobile Safari/537.36',
  ],
  [
    'Samsung',
    'android',
    'Mozilla/5.0 (Linux; Android 15; SM-S928B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36',
  ],
  [
    'Facebook’s own view',
    'iphone',
    'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 [FBAN/FBIOS;FBAV/468.0.0.40.107;FBDV/iPhone14,5;FBSN/iOS]',
  ],
  [
    'Instagram’s own view on a Pixel',
    'android',
    'Mozilla/5.0 (Linux; Android 14; Pixel 8 Build/UQ1A; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/120.0.0.0 Mobile Safari/537.36 Instagram 312.0.0.34.111 Android',
  ],
  [
    'a CUBOT phone',
    'android',
    'Mozilla/5.0 (Linux; Android 11; CUBOT KING KONG 5 Pro) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/119.0.0.0 Mobile Safari/537.36',
  ],
  [
    'an iPad',
    'tablet',
    'Mozilla/5.0 (iPad; CPU OS 17_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.6 Mobile/15E148 Safari/604.1',
  ],
  [
    'a computer',
    'computer',
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36 Edg/141.0.0.0',
  ],
  ['an old phone', 'other', 'Nokia3310/1.0 (05.11)'],
]
test.each(people)('%s is left alone, and is of the device "%s"', (_, device, agent) => {
  expect(judge(agent)).toBeNull()
  expect(deviceOf(agent)).toBe(device)
})

test.each([
  ['nothing', '', 'no_agent'],
  ['Dalvik', 'Dalvik/2.1.0 (Linux; U; Android 13; Pixel 6 Build/TQ3A.230901.001)', 'software'],
  ['CFNetwork', 'SecurityApp/12 CFNetwork/1494.0.7 Darwin/23.4.0', 'software'],
])('%s, which the library does not know, is a program by our rules', (_, agent, reason) => {
  expect(isbot(agent)).toBe(false)
  expect(judge(agent)).toBe(reason)
})

test('a scanner that calls itself Chrome is recognized only by what it does', () => {
  const chrome = people[7]![2]
  expect(judge(chrome)).toBeNull()
  expect(judge(chrome, { 'accept-language': '' })).toBe('no_language')
  expect(judge(chrome, { 'sec-purpose': 'prefetch' })).toBe('prefetch')
})
