/** The segments of figures: whom they name, the other side of each, and that both are whole. */
import { describe, expect, test } from 'vitest'
import { figureKeys } from '../report/figures.ts'
import { oppositeNameOf, otherSideOf, segmentNameOf, whoDid, whoDidNot } from './from-report.ts'
import { everybody, readTree } from './tree.ts'

const of = (figure: (typeof figureKeys)[number], more: object = {}) => ({ activity: 7, figure, ...more })
const event = (name: string, more: object = {}) => ({ kind: 'event', event: name, of: [7], ...more })
const items = (tree: ReturnType<typeof whoDidNot>) => tree?.root.items

describe.each(figureKeys)('%s', figure => {
  test('has a whole segment, and so has its other side', () => {
    const did = whoDid(of(figure))
    expect(readTree(did)).toEqual(did)
    const didNot = whoDidNot(of(figure))
    if (didNot) expect(readTree(didNot)).toEqual(didNot)
  })

  test('the other side of the other side is the segment', () => {
    const did = whoDid(of(figure))
    const other = otherSideOf(did)
    if (figure !== 'botClicks') expect(other).toEqual(whoDidNot(of(figure)))
    if (other) expect(otherSideOf(other)).toEqual(did)
  })
})

test('who did not click are those who got it and did not click', () => {
  expect(items(whoDidNot(of('unique')))).toEqual([event('delivered'), event('clicked', { exclude: true })])
  expect(items(whoDidNot(of('unsubscribed')))).toEqual([event('delivered'), event('unsubscribed', { exclude: true })])
  expect(items(whoDidNot(of('bounced')))).toEqual([event('sent'), event('bounced', { exclude: true })])
  expect(whoDidNot(of('targeted'))).toBeNull()
})

test('a country narrows both sides, a device only those who clicked', () => {
  const norway = { where: { countries: ['NO'] } }
  expect(items(whoDid(of('delivered', norway)))).toEqual([event('delivered', norway)])
  expect(items(whoDidNot(of('delivered', norway)))).toEqual([
    event('sent', norway),
    event('delivered', { ...norway, exclude: true }),
  ])
  expect(otherSideOf(whoDid(of('delivered', norway)))).toEqual(whoDidNot(of('delivered', norway)))
  const iphone = { where: { devices: ['iphone'] } }
  expect(items(whoDidNot(of('clicks', iphone)))).toEqual([
    event('delivered'),
    event('clicked', { ...iphone, exclude: true }),
  ])
})

test('a link, a reason and a code narrow the segment, not the set that it is a part of', () => {
  expect(items(whoDid(of('unique', { link: 11 })))).toEqual([event('clicked', { links: [11] })])
  expect(items(whoDidNot(of('unique', { link: 11 })))).toEqual([
    event('delivered'),
    event('clicked', { links: [11], exclude: true }),
  ])
  expect(items(whoDid(of('notSent', { where: { reasons: ['frequency'] } })))).toEqual([
    event('not_sent', { where: { reasons: ['frequency'] } }),
  ])
})

test('suspected bots are people whose links only programs opened', () => {
  expect(items(whoDid(of('botClicks')))).toEqual([event('visited'), event('clicked', { exclude: true })])
})

test('other trees have no other side', () => {
  expect(otherSideOf(everybody)).toBeNull()
  expect(otherSideOf(readTree({ v: 1, root: { ...whoDid(of('unique')).root, match: 'any' } }))).toBeNull()
})

test('names say the figure and the activity, and fit', () => {
  expect(segmentNameOf(of('unique'), 'Autumn sale')).toBe('Clicked in Autumn sale')
  expect(segmentNameOf(of('notSent'), 'Autumn sale', 'No consent')).toBe('Not sent (No consent) in Autumn sale')
  expect(oppositeNameOf(of('unique'), 'Autumn sale')).toBe('Delivered, not clicked in Autumn sale')
  expect(segmentNameOf(of('unique'), 'x'.repeat(200)).length).toBe(100)
})
