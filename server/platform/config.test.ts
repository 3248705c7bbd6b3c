import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { addresses, readConfig } from './config.ts'

test('without any setting: port 8080 if it is free, ./data, own database, real clock', () => {
  expect(readConfig({})).toEqual({
    port: 8080,
    portAsked: false,
    hosts: null,
    data: resolve('data'),
    databaseUrl: null,
    connectionString: null,
    url: null,
    linkUrl: null,
    secretKey: null,
    secretKeyFile: null,
    privateGateways: [],
    networks: null,
    trustedProxies: null,
    mailPort: null,
    clockRate: 1,
    uiFolder: null,
  })
  expect(addresses(readConfig({}), 8081)).toEqual({ url: 'http://localhost:8081', linkUrl: 'http://localhost:8081' })
})

test('flags win over the environment, an empty variable is none', () => {
  const config = readConfig(
    { HOMING_DATA: '/a', HOMING_PORT: '', HOMING_URL: 'https://x.example/' },
    { data: '/b', port: '9000' },
  )
  expect(config).toMatchObject({ data: '/b', port: 9000, portAsked: true, url: 'https://x.example' })
  expect(addresses(config, 9000).linkUrl).toBe('https://x.example')
  expect(addresses(readConfig({ HOMING_LINK_URL: 'https://l.example/s/' }), 1).linkUrl).toBe('https://l.example/s')
})

test('a wrong setting is named, with what is wanted', () => {
  const wrong: [NodeJS.ProcessEnv, RegExp][] = [
    [{ HOMING_PORT: '80x' }, /HOMING_PORT is "80x".*1 to 65535/],
    [{ HOMING_PORT: '0' }, /HOMING_PORT/],
    [{ HOMING_PORT: '65536' }, /HOMING_PORT/],
    [{ HOMING_TRUSTED_PROXIES: 'loopback, 10.0.0.0/33' }, /HOMING_TRUSTED_PROXIES is "10.0.0.0\/33".*"loopback"/],
    [{ HOMING_HOST: 'sms.example.com' }, /HOMING_HOST is "sms.example.com".*an IP address/],
    [{ HOMING_HOST: '127.0.0.1,' }, /HOMING_HOST/],
    [{ HOMING_CLOCK_RATE: '0.5' }, /HOMING_CLOCK_RATE/],
    [{ HOMING_CLOCK_RATE: 'fast' }, /HOMING_CLOCK_RATE/],
    [{ HOMING_URL: 'sms.example.com' }, /HOMING_URL.*https:/],
    [{ HOMING_URL: 'ftp://sms.example.com' }, /HOMING_URL/],
    [{ HOMING_LINK_URL: 'https://l.example/?a=b' }, /HOMING_LINK_URL/],
    [{ DATABASE_URL: 'mysql://u:secret@h/d' }, /DATABASE_URL.*postgres:/],
  ]
  for (const [env, message] of wrong) expect(() => readConfig(env)).toThrow(message)
  expect(() => readConfig({ DATABASE_URL: 'mysql://u:secret@h/d' })).not.toThrow(/secret/)
})
