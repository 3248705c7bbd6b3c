/** The pages of each channel. Another channel is another folder like sms/, and an entry here. */
import type { ContentChannel } from '../../../core/activities/content.ts'
import type { Draft } from '../useDraft.ts'
import type { ChannelPages } from './channelPages.ts'
import { email } from './email/channel.tsx'
import { sms } from './sms/channel.tsx'

const channels: Readonly<Record<ContentChannel, ChannelPages>> = { sms, email }

export const channelPagesOf = ({ content }: Draft): ChannelPages => channels[content.channel]
