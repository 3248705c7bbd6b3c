import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseTemplate } from './template.ts'
import { renderTarget } from './urls.ts'
import { isTooLong, linkAddress, utmByDefault, utmNameOf, utmParameters } from './utm.ts'

const spring = utmParameters(utmByDefault, 'Spring sale')
const added = 'utm_source=homing&utm_medium=sms&utm_campaign=spring-sale'
const linkOf = (text: string) => parseTemplate(text).links[0]!
const address = (text: string) => linkAddress(linkOf(text), spring)

describe('an address gets what it lacks', () => {
  test.each([
    ['https://shop.example', `https://shop.example/?${added}`],
    ['www.shop.example/a', `https://www.shop.example/a?${added}`],
    ['https://shop.example/a?', `https://shop.example/a?${added}`],
    ['https://shop.example/a?x=1', `https://shop.example/a?x=1&${added}`],
    ['https://shop.example/a?x=1&', `https://shop.example/a?x=1&${added}`],
    ['https://shop.example/a#top', `https://shop.example/a?${added}#top`],
    ['https://shop.example/a?x=1#/b?c', `https://shop.example/a?x=1&${added}#/b?c`],
    ['https://shop.example/##city|here##', `https://shop.example/##city|here##?${added}`],
    ['https://shop.example/?c=##code##', `https://shop.example/?c=##code##&${added}`],
    ['https://shop.example/#/##code##', `https://shop.example/?${added}#/##code##`],
  ])('%s', (written, wanted) => expect(address(written)).toBe(wanted))

  test('and nothing that it has is overwritten, in whatever case it is written', () => {
    expect(address('https://shop.example/?UTM_Source=paper&utm%5Fmedium=x')).toBe(
      'https://shop.example/?UTM_Source=paper&utm%5Fmedium=x&utm_campaign=spring-sale',
    )
    expect(address('https://shop.example/?utm_campaign=##code##')).toBe(
      'https://shop.example/?utm_campaign=##code##&utm_source=homing&utm_medium=sms',
    )
    const whole = 'https://shop.example/?utm_source=a&utm_medium=b&utm_campaign=c'
    expect(address(whole)).toBe(whole)
  })

  test('as written where they are switched off', () => {
    expect(linkAddress(linkOf('www.shop.example/a'), utmParameters({ ...utmByDefault, on: false }, 'Spring'))).toBe(
      'www.shop.example/a',
    )
  })
})

test('what a person chose wins over the defaults', () => {
  expect(utmParameters({ on: true, source: ' crm ', medium: 'text', name: 'Höst 1' }, 'Spring')).toEqual([
    { key: 'utm_source', value: 'crm' },
    { key: 'utm_medium', value: 'text' },
    { key: 'utm_campaign', value: 'Höst 1' },
  ])
})

test('the name of the activity becomes a word of an address', () => {
  expect(utmNameOf('Höst-rea: 20 %!')).toBe('host-rea-20')
  expect(utmNameOf('عرض الربيع')).toBe('عرض-الربيع')
  expect(utmNameOf('👍 \ud800')).toBe('')
  expect(utmNameOf('a'.repeat(300))).toHaveLength(100)
  expect(utmParameters(utmByDefault, '👍').map(({ key }) => key)).toEqual(['utm_source', 'utm_medium'])
})

test('a stored address leads where it was shown: its tags are filled, its parameters arrive', () => {
  const stored = address('https://shop.example/##city|a b##?c=##code##&d=1#f')
  const again = linkOf(stored)
  expect(again.url).toBe(stored)
  expect(renderTarget(again.target, { city: 'Umeå', code: 'x&utm_source=evil' })).toBe(
    `https://shop.example/Ume%C3%A5?c=x%26utm_source%3Devil&d=1&${added}#f`,
  )
})

test('whatever is chosen, the address is read again as itself, and says what was chosen', () => {
  const value = fc.string({ unit: fc.constantFrom(...'a.)]_*!\'"&=#?%/ ##|å👍\n\ud800'), maxLength: 12 })
  const url = fc.constantFrom(
    'https://e.com',
    'https://e.com/a_(b)',
    'www.e.com/?q=1',
    'https://e.com/##a|b##',
    'https://e.com/#x',
  )
  fc.assert(
    fc.property(url, value, value, value, (written, source, medium, name) => {
      const parameters = utmParameters({ on: true, source, medium, name }, '')
      const whole = linkAddress(linkOf(written), parameters)
      const again = parseTemplate(whole)
      expect(again.problems).toEqual([])
      expect(again.links.map(link => link.url)).toEqual([whole])
      const arrived = new URL(renderTarget(again.links[0]!.target, {})).searchParams
      for (const parameter of parameters) expect(arrived.get(parameter.key)).toBe(parameter.value.toWellFormed())
    }),
  )
})

test('an address that grows beyond the limit of a link is reported', () => {
  expect(isTooLong(linkOf(`https://e.com/${'a'.repeat(1950)}`), spring)).toBe(true)
  expect(isTooLong(linkOf('https://e.com/a'), spring)).toBe(false)
})
