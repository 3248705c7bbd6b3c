/** Segments to begin with, for people who have none yet. A starter that needs a topic or an attribute is offered where the workspace has it. */
import type { AttributeType } from '../attributes.ts'
import type { Condition, Group, Node, SegmentTree } from './tree.ts'

export interface WorkspaceParts {
  /** those that are offered */
  readonly topics: readonly { readonly id: number }[]
  readonly attributes: readonly { readonly name: string; readonly type: AttributeType }[]
}

export interface Starter {
  readonly key: string
  readonly name: string
  /** what it is good for */
  readonly why: string
  /** null: the workspace lacks what it names */
  readonly make: (of: WorkspaceParts) => SegmentTree | null
}

const all = (...items: Node[]): SegmentTree => ({ v: 1, root: { kind: 'group', match: 'all', items } })
const any = (...items: Node[]): Group => ({ kind: 'group', match: 'any', items })
type Event = Extract<Condition, { kind: 'event' }>
const ever = (event: Event['event'], more: Partial<Event> = {}): Event => ({ kind: 'event', event, of: 'any', ...more })
const never = <N extends Node>(node: N): N => ({ ...node, exclude: true })
const days = (n: number) => ({ window: { last: { n, unit: 'days' as const } } })

/** In Homing's language, and in those of its first users. */
const birthdays = /birth|född|födelse|syntym|geburt|naissance|nacimiento|nascita|fødsel|f[øo]dt|urodz/i

export const starters: readonly Starter[] = [
  {
    key: 'new',
    name: 'New in the last 30 days',
    why: 'To welcome them.',
    make: () => all({ kind: 'created', ...days(30) }),
  },
  {
    key: 'clicked',
    name: 'Clicked in the last 30 days',
    why: 'Those who follow you now.',
    make: () => all(ever('clicked', days(30))),
  },
  {
    key: 'regulars',
    name: 'Clicked in 3 SMS or more',
    why: 'Your most interested readers.',
    make: () => all(ever('clicked', { times: { op: 'at_least', n: 3 } })),
  },
  {
    key: 'never-clicked',
    name: 'Got 3 SMS or more, and never clicked',
    why: 'To try another offer, or to send them less.',
    make: () => all(ever('delivered', { times: { op: 'at_least', n: 3 } }), never(ever('clicked'))),
  },
  {
    key: 'drifting',
    name: 'Clicked before, but not in the last 90 days',
    why: 'To win them back.',
    make: () => all(ever('clicked'), never(ever('clicked', days(90)))),
  },
  {
    key: 'never-sent',
    name: 'Never sent an SMS',
    why: 'People whom no SMS has reached yet.',
    make: () => all(never(ever('sent'))),
  },
  {
    key: 'bounced-hard',
    name: 'Bounced hard',
    why: 'Numbers to check with the person.',
    make: () => all(ever('bounced_hard')),
  },
  {
    key: 'opted-out',
    name: 'Opted out of SMS',
    why: 'To reach them another way, where they agreed to it.',
    make: () => all({ kind: 'closed', channel: 'sms', why: ['opted_out'] }),
  },
  {
    key: 'no-consent',
    name: 'No consent to any topic',
    why: 'To ask them for it where you meet them.',
    make: ({ topics }) =>
      topics.length === 0
        ? null
        : all(
            never(any(...topics.map(({ id }): Node => ({ kind: 'consent', topic: id, channel: 'sms', state: 'yes' })))),
          ),
  },
  {
    key: 'birthday',
    name: 'Birthday in the next 7 days',
    why: 'To congratulate them.',
    make: ({ attributes }) => {
      const found = attributes.find(
        ({ name, type }) => (type === 'date' || type === 'datetime') && birthdays.test(name),
      )
      return found ? all({ kind: 'anniversary', field: `attr:${found.name}`, days: { next: 7 } }) : null
    },
  },
]
