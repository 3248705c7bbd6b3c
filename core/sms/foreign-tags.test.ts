import { expect, test } from 'vitest'
import { TagNames } from './tag-names.ts'
import { parseTemplate } from './template.ts'

const attributes = new Set(['first_name', 'last_name', 'phone', 'city', 'external_key', 'loyalty_points', 'Födelsedag'])

function read(text: string) {
  const { problems, hints } = parseTemplate(text, { attributes })
  const found = [...problems, ...hints.filter(({ kind }) => kind === 'tag')][0]
  const fix = found?.correction
  return {
    code: found === undefined ? undefined : 'code' in found ? found.code : found.kind,
    fixed: fix && text.slice(0, fix.index) + fix.text + text.slice(fix.index + fix.length),
  }
}

test.each([
  ['Hej {{first_name}}!', 'Hej ##first_name##!'],
  ["Hej {{ person.first_name|default:'x' }}!", 'Hej ##first_name|x##!'],
  ['Hej {{ contact.FIRSTNAME | default("vän") }}', 'Hej ##first_name|vän##'],
  ['Hej {{{firstName}}}', 'Hej ##first_name##'],
  ['Hej {$first_name}', 'Hej ##first_name##'],
  ['Hej *|FNAME|*!', 'Hej ##first_name##!'],
  ['Hej %FIRSTNAME%!', 'Hej ##first_name##!'],
  ['Hej %name%!', 'Hej ##first_name##!'],
  ['Hej %%first_name%%', 'Hej ##first_name##'],
  ['Hej %recipient.last_name%', 'Hej ##last_name##'],
  ['Hej [[first_name]]', 'Hej ##first_name##'],
  ['Hej {first_name}', 'Hej ##first_name##'],
  ['Hej {förnamn}', 'Hej ##first_name##'],
  ['Hej <first_name>', 'Hej ##first_name##'],
  ['Hej <<Förnamn>>', 'Hej ##first_name##'],
  ['Hej [FIRSTNAME]', 'Hej ##first_name##'],
  ['Hej [First Name]', 'Hej ##first_name##'],
  ['Hej $name,', 'Hej ##first_name##,'],
  ['Hej \u0024{name}', 'Hej ##first_name##'],
  ['Hej #{first_name}', 'Hej ##first_name##'],
  ['Hej ((first_name))', 'Hej ##first_name##'],
  ['Hej #first_name#!', 'Hej ##first_name##!'],
  ['Hej #first_name##!', 'Hej ##first_name##!'],
  ['Du har {{ loyalty.loyalty_points }} poäng', 'Du har ##loyalty_points## poäng'],
  ['{{Födelsedag}}', '##Födelsedag##'],
  ['Stopp: {{unsubscribe_link}}', 'Stopp: ##unsubscribe##'],
  ['Stopp: *|UNSUB|*', 'Stopp: ##unsubscribe##'],
  ['https://example.com/?id={{external_key}}', 'https://example.com/?id=##external_key##'],
  ['https://example.com/?id=\u0024{customer_id}&x=1', 'https://example.com/?id=##external_key##&x=1'],
])('%s is offered as %s', (text, fixed) => {
  expect(read(text)).toEqual({ code: 'text_foreign_tag', fixed })
  expect(read(fixed).code).toBeUndefined()
})

test.each([
  'Hej {{discount}}',
  '*|RABATT|*',
  '\u0024{kod}',
  '[[kod]]',
  '{% if vip %}',
  '%DISCOUNT_CODE%',
  '[ORDER_NO]',
])('%s is a tag of another program, though it names nothing here', text =>
  expect(read(text)).toEqual({ code: 'text_foreign_tag', fixed: undefined }),
)

test.each([
  ['Hej ##First name##', 'Hej ##first_name##'],
  ['Hej ##Firstname|du##', 'Hej ##first_name|du##'],
  ['Hej ##frist_name##', 'Hej ##first_name##'],
  ['Hej ##förnamn##', 'Hej ##first_name##'],
  ['Stopp ##Unsubscribe##', 'Stopp ##unsubscribe##'],
  ['Stopp ##unsubscibe##', 'Stopp ##unsubscribe##'],
  ['Du har ##loyalty_point##', 'Du har ##loyalty_points##'],
])('%s is nearly one of ours', (text, fixed) => {
  expect(read(text)).toEqual({ code: 'text_unknown_tag', fixed })
})

test('a tag that closes with one # is closed', () => {
  expect(read('Hej ##first_name# nu')).toEqual({ code: 'text_unclosed_tag', fixed: 'Hej ##first_name## nu' })
  expect(read('Hej ##first_name nu')).toEqual({ code: 'text_unclosed_tag', fixed: undefined })
})

test('words that may be meant as text are a hint', () => {
  expect(read('Hej [Namn]')).toEqual({ code: 'tag', fixed: 'Hej ##first_name##' })
})

test.each([
  'Hej ## first_name ##',
  'Rabatt 50% på allt, 20% på resten',
  'Nu 20%-30%!',
  'Kostar $5 (inkl. moms) [1] {2} <3',
  '#rea #nyhet #helg',
  'Vi är #1 och #2',
  'C# och F#',
  'a*b*c |x|',
  '((ok))',
  'https://example.com/%7Bid%7D?a=%20name%20',
  'https://example.com/?a[name]=1',
  'Se [nyhet] «Höst» {x}',
])('%s has none', text => {
  expect(read(text)).toEqual({ code: undefined, fixed: undefined })
})

test('without the list of attributes, the names that every workspace has are offered', () => {
  const names = new TagNames(undefined)
  expect(names.meant('FNAME')).toBe('first_name')
  expect(names.meant('first_name')).toBe('first_name')
  expect(names.meant('discount')).toBeUndefined()
})
