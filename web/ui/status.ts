/**
 * The look of a state: the same icon, colour and word everywhere, never colour alone. Colours are used for text and icons, so each has
 * enough contrast in the light and the dark scheme.
 */
import {
  IconAlertTriangle,
  IconBan,
  IconBellOff,
  IconCalendarClock,
  IconCircleCheck,
  IconCircleX,
  IconClockHour4,
  IconClockQuestion,
  IconHandClick,
  IconLoader,
  IconLock,
  IconPencil,
  IconPlayerPause,
  IconRefresh,
  IconRobot,
  IconSend,
  IconSquareX,
  IconUsers,
} from '@tabler/icons-react'
import type { ActivityState } from '../../core/activities/states.ts'
import type { MessageStatus } from '../../core/messages/fold.ts'
import type { TestSmsState } from '../../core/messages/test-sms.ts'
import type { FigureKey } from '../../core/report/figures.ts'
import type { Import } from '../imports/queries.ts'

export interface StatusLook {
  label: string
  /** A colour name of Mantine's palette. */
  color: string
  Icon: typeof IconSend
}

export const messageLooks: Record<MessageStatus, StatusLook> = {
  queued: { label: 'Queued', color: 'gray', Icon: IconClockHour4 },
  not_sent: { label: 'Not sent', color: 'gray', Icon: IconBan },
  pending: { label: 'Pending', color: 'blue', Icon: IconLoader },
  no_receipt: { label: 'Pending, no receipt', color: 'blue', Icon: IconClockQuestion },
  delivered: { label: 'Delivered', color: 'teal', Icon: IconCircleCheck },
  bounced_hard: { label: 'Hard bounce', color: 'red', Icon: IconCircleX },
  bounced_soft_retrying: { label: 'Soft bounce, retrying', color: 'orange', Icon: IconRefresh },
  bounced_soft_final: { label: 'Soft bounce, final', color: 'orange', Icon: IconAlertTriangle },
}

export const testLooks: Record<TestSmsState, StatusLook> = {
  waiting: { label: 'Waiting', color: 'gray', Icon: IconClockHour4 },
  sent: { label: 'Sent', color: 'indigo', Icon: IconSend },
  delivered: messageLooks.delivered,
  bounced: { label: 'Bounced', color: 'red', Icon: IconCircleX },
  unknown: { label: 'Unknown', color: 'blue', Icon: IconClockQuestion },
  not_sent: messageLooks.not_sent,
}

export const activityLooks: Record<ActivityState, StatusLook> = {
  draft: { label: 'Draft', color: 'gray', Icon: IconPencil },
  scheduled: { label: 'Scheduled', color: 'blue', Icon: IconCalendarClock },
  starting: { label: 'Starting', color: 'indigo', Icon: IconLoader },
  sending: { label: 'Sending', color: 'indigo', Icon: IconSend },
  paused: { label: 'Paused', color: 'orange', Icon: IconPlayerPause },
  sent: { label: 'Sent', color: 'teal', Icon: IconCircleCheck },
  cancelled: { label: 'Cancelled', color: 'gray', Icon: IconSquareX },
  failed: { label: 'Failed', color: 'red', Icon: IconCircleX },
}

/** For a state that the API gives as plain text. An unknown state is shown by its name. */
export const activityLook = (state: string) => lookOf(activityLooks, state)
export const messageLook = (status: string) => lookOf(messageLooks, status)

function lookOf(looks: Readonly<Record<string, StatusLook>>, state: string): StatusLook {
  return (Object.hasOwn(looks, state) && looks[state]) || { label: state, color: 'gray', Icon: IconLoader }
}

export const importLooks: Record<Import['state'], StatusLook> = {
  running: { label: 'Running', color: 'indigo', Icon: IconLoader },
  done: { label: 'Done', color: 'teal', Icon: IconCircleCheck },
  failed: { label: 'Failed', color: 'red', Icon: IconCircleX },
  stopped: { label: 'Stopped', color: 'gray', Icon: IconSquareX },
}

/** A consent to a topic. */
export const consentLooks: Readonly<Record<'yes' | 'no' | 'outranked', StatusLook>> = {
  yes: { label: 'Yes', color: 'teal', Icon: IconCircleCheck },
  no: { label: 'No', color: 'gray', Icon: IconCircleX },
  outranked: { label: 'Yes, but opted out', color: 'pink', Icon: IconBellOff },
}

/** Reasons why a number cannot be sent to. */
export const barredLooks: Readonly<Record<'optedOut' | 'closed', StatusLook>> = {
  optedOut: { label: 'Opted out', color: 'pink', Icon: IconBellOff },
  closed: { label: 'Number closed', color: 'red', Icon: IconLock },
}

/** Icons and colours of the figures. Their texts are in core/report/figures.ts. */
export const figureLooks: Record<FigureKey, Omit<StatusLook, 'label'>> = {
  targeted: { color: 'gray', Icon: IconUsers },
  notSent: messageLooks.not_sent,
  queued: messageLooks.queued,
  sent: { color: 'indigo', Icon: IconSend },
  delivered: messageLooks.delivered,
  bounced: messageLooks.bounced_hard,
  bouncedHard: messageLooks.bounced_hard,
  bouncedSoftRetrying: messageLooks.bounced_soft_retrying,
  bouncedSoftFinal: messageLooks.bounced_soft_final,
  pending: messageLooks.pending,
  clicks: { color: 'violet', Icon: IconHandClick },
  botClicks: { color: 'gray', Icon: IconRobot },
  unique: { color: 'violet', Icon: IconHandClick },
  visited: { color: 'gray', Icon: IconRobot },
  unsubscribed: { color: 'pink', Icon: IconBellOff },
}

/** The CSS colour of a look for icons and text, in both schemes. */
export function ink(color: string): string {
  return `light-dark(var(--mantine-color-${color}-${color === 'gray' ? 7 : 8}), var(--mantine-color-${color}-4))`
}
