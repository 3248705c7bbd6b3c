/** What does an activity send? Each channel has its kind of content: a row of `contents`. */
import { maxUtmLength, type Utm, utmByDefault } from '../sms/utm.ts'
import {
  answerSchema,
  constant,
  type DocumentShape,
  eitherOf,
  field,
  group,
  neededField,
  neutralOf,
  readShape,
  requestSchema,
  trimmed,
  type ValueOf,
} from './document.ts'
import { emailBody } from './email-body.ts'
import { type Fault, Fields, flagKind, oneOfKind, orNullKind, type Reading, textKind } from './fields.ts'

// A draft keeps what is too long to be sent, so that nothing that was pasted is lost; `problems` says so.
const smsText = {
  sender: trimmed(neededField(textKind, '', { type: 'string', maxLength: 200 })),
  body: neededField(textKind, '', {
    ...{ type: 'string', maxLength: 20_000 },
    description: 'with data tags (##first_name|there##), links and ##unsubscribe##',
  }),
  smart: field(flagKind, true, { type: 'boolean', description: 'replace characters that raise the cost' }),
}
const utmValue = (description: string) => field(textKind, '', { type: 'string', maxLength: maxUtmLength, description })
const utm = group(
  {
    on: field(flagKind, utmByDefault.on, { type: 'boolean' }),
    source: utmValue('empty: the default'),
    medium: utmValue('empty: the default'),
    name: utmValue('utm_campaign; empty: made of the name of the activity'),
  },
  { description: 'parameters that the addresses of the links get where they lack them' },
)

const line = (maxLength: number, description: string) =>
  trimmed(field(textKind, '', { type: 'string', maxLength, description }))
// As of an SMS, `sender` is what it comes from: here the address after From.
const emailText = {
  sender: line(320, 'the address after From'),
  fromName: line(300, 'the name before it'),
  replyTo: line(320, 'where replies go; empty: to the sender'),
  subject: line(1000, 'with data tags'),
  preheader: line(1000, 'what lists of e-mails show behind the subject'),
  format: field(oneOfKind('blocks', 'html'), 'blocks', {
    ...{ enum: ['blocks', 'html'] },
    description: 'which of `body` and `html` is sent; the other one is kept',
  }),
  body: emailBody,
  footer: group(
    {
      address: field(textKind, '', { type: 'string', maxLength: 2000, description: 'who sends it, and from where' }),
      label: line(300, 'of the unsubscribe link; empty: “Unsubscribe”'),
    },
    { description: 'is under the blocks, with the unsubscribe link' },
  ),
  html: field(textKind, '', { type: 'string', maxLength: 400_000, description: 'with a link to ##unsubscribe##' }),
  text: field(orNullKind(textKind), null, {
    anyOf: [{ type: 'string', maxLength: 40_000 }, { type: 'null' }],
    description: 'the text part; null: made from the rest',
  }),
}

const contents = {
  sms: { channel: constant('sms'), ...smsText, utm },
  email: { channel: constant('email'), ...emailText, utm },
} satisfies Readonly<Record<string, DocumentShape>>

/** The channels for which content can be written: some of core/channels.ts. */
export type ContentChannel = keyof typeof contents
export const contentChannels: readonly ContentChannel[] = Object.keys(contents).filter(hasContent)

export type Content = ValueOf<(typeof contents)[ContentChannel]>
/** For what works on one channel only. */
export type ContentOf<On extends ContentChannel> = Extract<Content, { channel: On }>
/** What a person changes: the fields that are given, of the content of that channel. */
export type ContentChange = ChangeOf<Content>
type ChangeOf<Of extends Content> = Of extends Content ? Pick<Of, 'channel'> & Partial<Of> : never

export const contentAnswers = { sms: answerSchema(contents.sms), email: answerSchema(contents.email) } as const

export const contentSchemas = {
  answer: eitherOf(contentChannels.map(channel => contentAnswers[channel])),
  request: eitherOf(contentChannels.map(channel => requestSchema(contents[channel], ['channel']))),
}

export const emptyContent = (channel: ContentChannel): Content => neutralOf(contents[channel])

export function isContentOf<On extends ContentChannel>(content: Content, channel: On): content is ContentOf<On> {
  return content.channel === channel
}

/** As a draft or a version keeps it. An unknown channel is a fault, and its content is shown as empty. */
export function readContent(document: unknown): Reading<Content> {
  const faults: Fault[] = []
  const fields = new Fields(document, 'content', faults)
  return { value: faults.length > 0 ? emptyContent('sms') : readFields(fields), faults }
}

function readFields(fields: Fields): Content {
  const channel = fields.required('channel', textKind, 'sms')
  if (hasContent(channel)) return readShape(fields, contents[channel])
  fields.fault('channel', `is “${channel}”; this version knows ${contentChannels.join(', ')}`, 'activity_channel')
  return emptyContent('sms')
}

/** Of a document in which the fields of an SMS are beside others, and the parameters of its links are kept otherwise. */
export function readSms(fields: Fields, utm: Utm): ContentOf<'sms'> {
  return { channel: 'sms', ...readShape(fields, smsText), utm }
}

function hasContent(channel: string): channel is ContentChannel {
  return Object.hasOwn(contents, channel)
}

/** The names of the fields that differ. */
export function changedContentFields(before: Content, after: Content): string[] {
  const old = new Map<string, unknown>(Object.entries(before))
  return Object.entries(after).flatMap(([key, value]) =>
    JSON.stringify(old.get(key)) === JSON.stringify(value) ? [] : key,
  )
}

export function contentOf(change: ContentChange = { channel: 'sms' }): Content {
  return changedContent(emptyContent(change.channel), change)
}

/** Another channel begins with empty content. */
export function changedContent(before: Content, change: ContentChange): Content {
  const base = before.channel === change.channel ? before : emptyContent(change.channel)
  return readContent({ ...base, ...change }).value
}

/** With the text of its reminder, which only an SMS has. */
export function withText(content: Content, body: string): Content {
  return content.channel === 'sms' ? { ...content, body } : content
}

/** A change of these fields; the channel says which they are. */
export function contentChangeOf(channel: ContentChannel, fields: Partial<Content>): ContentChange {
  switch (channel) {
    case 'sms':
      return Object.assign({ channel }, fields)
    case 'email':
      return Object.assign({ channel }, fields)
  }
}
