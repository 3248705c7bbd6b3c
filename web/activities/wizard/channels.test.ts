import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const folder = new URL('.', import.meta.url)
const steps = readdirSync(folder).filter(name => /\.tsx?$/.test(name) && !/^channels\./.test(name))

test('the steps of the wizard know no channel: what is of one comes from its own folder', () => {
  expect(steps).toContain('SendToStep.tsx')
  for (const name of steps) {
    const source = readFileSync(new URL(name, folder), 'utf8')
    expect([name, source.match(/SMS|core\/sms|'\.\/sms\/|\bpart(s|')/g)]).toEqual([name, null])
  }
})
