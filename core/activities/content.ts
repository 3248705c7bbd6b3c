/** What does an activity send? Each channel has its kind of content: a member of `Content`, with a reader in `readers`. */
import { type Utm, utmByDefault } from '../sms/utm.ts'
import { type Fault, Fields, flag, type Reading, text } from './fields.ts'

export interface SmsContent {
  channel: 'sms'
  sender: string
  /** with data tags, links and the unsubscribe link */
  body: string
  /** replace characters that raise the cost */
  smart: boolean
  /** what the addresses of its links get added */
  utm: Utm
}

export type Content = SmsContent
/** The channels for which content can be written: some of core/channels.ts. */
export type ContentChannel = Content['channel']
/** For what works on one channel only. */
export type ContentOf<On extends ContentChannel> = Extract<Content, { channel: On }>

export const emptyContent: Content = { channel: 'sms', sender: '', body: '', smart: true, utm: utmByDefault }

const readers: Readonly<Record<ContentChannel, (fields: Fields) => Content>> = { sms: fields => readSms(fields) }

/** As a draft or a version keeps it. An unknown channel is a fault, and its content is shown as empty. */
export function readContent(document: unknown): Reading<Content> {
  const faults: Fault[] = []
  const fields = new Fields(document, 'content', faults)
  return { value: faults.length > 0 ? emptyContent : readFields(fields), faults }
}

function readFields(fields: Fields): Content {
  const channel = fields.required('channel', text, 'sms')
  if (hasContent(channel)) return readers[channel](fields)
  fields.fault('channel', `is “${channel}”; this version knows ${Object.keys(readers).join(', ')}`, 'activity_channel')
  return emptyContent
}

/** Without `utm`: what versions kept before links got parameters. Without sender or text nothing can be sent. */
export function readSms(fields: Fields, utm: Utm = readUtm(fields)): SmsContent {
  return {
    channel: 'sms',
    sender: fields.required('sender', text, ''),
    body: fields.required('body', text, ''),
    smart: fields.read('smart', flag, true),
    utm,
  }
}

function readUtm(fields: Fields): Utm {
  if (!fields.has('utm')) return utmByDefault
  const utm = fields.object('utm')
  return {
    on: utm.read('on', flag, utmByDefault.on),
    source: utm.read('source', text, ''),
    medium: utm.read('medium', text, ''),
    name: utm.read('name', text, ''),
  }
}

function hasContent(channel: string): channel is ContentChannel {
  return Object.hasOwn(readers, channel)
}

/** What a person changes: the fields that are given, of the content of that channel. */
export type ContentChange = Pick<SmsContent, 'channel'> & Partial<SmsContent>

/** The names of the fields that differ. */
export function changedContentFields(before: Content, after: Content): string[] {
  const fields = ['channel', 'sender', 'body', 'smart', 'utm'] as const
  return fields.filter(field => JSON.stringify(before[field]) !== JSON.stringify(after[field]))
}

export function contentOf(change: ContentChange = { channel: 'sms' }): Content {
  return changedContent(emptyContent, change)
}

/** Another channel begins with empty content. */
export function changedContent(before: Content, change: ContentChange): Content {
  const base = before.channel === change.channel ? before : emptyContent
  const content = { ...base, ...change }
  return { ...content, sender: content.sender.trim() }
}
