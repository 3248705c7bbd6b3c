import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { guessType, readDate, readDateTime, readNumber, styleOf } from './typed-cells.ts'

const swedish = styleOf([], { separator: ';', country: 'SE' })
const american = styleOf([], { separator: ',', country: 'US' })

describe('numbers', () => {
  test.each([
    ['637,41', 637.41],
    ['3320,06', 3320.06],
    ['3 320,06', 3320.06],
    ['3\u00A0320,06', 3320.06],
    ['3\u202F320', 3320],
    ["1'234'567.5", 1234567.5],
    ['1.225,99', 1225.99],
    ['1,225.99', 1225.99],
    ['1.234.567', 1234567],
    ['1.234', 1234],
    ['1,234', 1.234],
    ['637.41', 637.41],
    ['-5', -5],
    ['−5', -5],
    ['1,2E+05', 120000],
    [',5', 0.5],
    [' 12 ', 12],
  ])('%s with a decimal comma is %s', (given, value) => {
    expect(readNumber(given, swedish)).toBe(value)
  })

  test('with a decimal point 1,234 is a thousand and 1.234 is one', () => {
    expect([readNumber('1,234', american), readNumber('1.234', american)]).toEqual([1234, 1.234])
  })

  test.each([
    '',
    '-',
    'abc',
    '12 st',
    '1,2,3',
    '1.2.3',
    '12..3',
    '1,23.4,5',
    '50%',
    'Infinity',
    'NaN',
    '0x10',
    '1e999',
  ])('%s is none', given => {
    expect(readNumber(given, swedish)).toBeNull()
  })

  test('what JavaScript writes is read as it is, with either character before the decimals', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1e9, max: 1e9 }), fc.integer({ min: 0, max: 99 }), (whole, cents) => {
        const text = `${whole},${String(cents).padStart(2, '0')}`
        expect(readNumber(text, swedish)).toBe(Number(text.replace(',', '.')))
        expect(readNumber(text.replace(',', '.'), american)).toBe(Number(text.replace(',', '.')))
      }),
    )
  })
})

describe('dates', () => {
  test.each([
    ['2019-05-17', '2019-05-17'],
    ['2019/5/7', '2019-05-07'],
    ['20190517', '2019-05-17'],
    ['2019-05-17T10:11:12Z', '2019-05-17'],
    ['2019-05-17 10:11', '2019-05-17'],
    ['17.05.2019', '2019-05-17'],
    ['7.5.2019', '2019-05-07'],
    ['17/05/2019', '2019-05-17'],
    ['17-05-2019', '2019-05-17'],
    ['03/04/2024', '2024-04-03'],
    ['43602', '2019-05-17'],
    ['43602,5', '2019-05-17'],
    ['29.02.2024', '2024-02-29'],
  ])('%s is %s', (given, day) => {
    expect(readDate(given, swedish)).toBe(day)
  })

  test('in the United States the month is first if the separator is a slash', () => {
    expect([readDate('03/04/2024', american), readDate('17.05.2019', american)]).toEqual(['2024-03-04', '2019-05-17'])
  })

  test.each([
    '',
    'igår',
    '29.02.2023',
    '2019-13-01',
    '17/13/2019',
    '17-05-19',
    '1',
    '2019-05-17 soon',
    '2019-5.7',
    '0000-01-01',
  ])('%s is none', given => {
    expect(readDate(given, swedish)).toBeNull()
  })
})

describe('what a column shows decides what could be read in two ways', () => {
  test('a number with two decimals', () => {
    expect(styleOf(['1.234', '7.25'], { separator: ';', country: 'SE' })).toMatchObject({
      decimal: '.',
      guessed: false,
    })
    expect(styleOf(['1,234', '7,25'], { separator: ',', country: 'US' })).toMatchObject({
      decimal: ',',
      guessed: false,
    })
  })

  test('a day above twelve', () => {
    expect(styleOf(['03/04/2024', '03/17/2024'], { separator: ';', country: 'SE' }).dayFirst).toBe(false)
    expect(styleOf(['03/04/2024', '17/03/2024'], { separator: ',', country: 'US' }).dayFirst).toBe(true)
  })

  test('nothing: it is guessed, and says so', () => {
    expect(styleOf(['03/04/2024'], { separator: ';', country: 'SE' })).toMatchObject({ dayFirst: true, guessed: true })
    expect(styleOf(['2024-04-03'], { separator: ';', country: 'SE' }).guessed).toBe(false)
  })
})

test.each([
  [['637,41', '', '3320'], 'number'],
  [['2019-05-17', '17.05.2019'], 'date'],
  [['0701740605'], 'text'],
  [['1', 'two'], 'text'],
  [['', ''], 'text'],
  [['20190517'], 'number'],
  [['4711'], 'number'],
  [['00123'], 'text'],
])('%j looks like %s', (cells, type) => {
  expect(guessType(cells, swedish)).toBe(type)
})

test('a type is proposed only where every value is written as the type writes it', () => {
  const typeOf = (...cells: string[]) => guessType(cells, styleOf(cells, { separator: ';', country: 'SE' }))
  expect(typeOf('2026-12-03 14:30', '2026-12-04 09:15')).toBe('datetime')
  expect(typeOf('2026-12-03', '2026-12-04')).toBe('date')
  expect(typeOf('1 225,50', '50,10')).toBe('number')
  expect(typeOf('637,41', '12')).toBe('number')
  expect(typeOf('1', '20', '-3')).toBe('number')
  for (const cells of [
    ['12E4', '34E1'],
    ['007'],
    ['02234', '02235'],
    ['1.0', '1.10'],
    ['+5'],
    ['1,0'],
    ['1,50', '2,5'],
    ['14:30'],
    ['12345678901234567'],
  ])
    expect(typeOf(...cells), cells.join()).toBe('text')
})

test('a day with a time is read with its time', () => {
  const read = (text: string, dayFirst = true) => readDateTime(text, { dayFirst })
  expect(read('2026-12-03 14:30')).toBe('2026-12-03T14:30')
  expect(read('03.12.2026 9:05:10')).toBe('2026-12-03T09:05:10')
  expect(read('12/3/2026 2:30 PM', false)).toBe('2026-12-03T14:30')
  expect(read('12/3/2026 12:00 am', false)).toBe('2026-12-03T00:00')
  expect(read('2021-03-02T10:11:12Z')).toBe('2021-03-02T10:11:12Z')
  expect(read('2021-03-02 10:11:12 +0100')).toBe('2021-03-02T10:11:12+0100')
  for (const bad of ['2026-12-03 25:00', '2026-02-30 10:00', '14:30', '2026-12-03 kl 14', '45000', '1:30 2026-12-03'])
    expect(read(bad)).toBeNull()
})
