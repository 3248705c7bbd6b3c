/** Words of lists of people: what they hold, and how far they are. */
import { IconCircleCheck, IconCircleX, IconLoader, IconSquareX } from '@tabler/icons-react'
import type { StatusLook } from '../ui/status.ts'
import type { MatchKind, SegmentList } from './listQueries.ts'

export const kindChoices: { value: MatchKind; label: string }[] = [
  { value: 'phone', label: 'Phone numbers' },
  { value: 'email', label: 'E-mail addresses' },
  { value: 'key', label: 'Customer ids' },
  { value: 'id', label: 'Profile ids of Homing' },
]

export const separatorWords = (by: MatchKind): string =>
  by === 'key' ? 'One per line.' : 'One per line, or separated by commas, semicolons or tabs.'

export const listLooks: Record<SegmentList['state'], StatusLook> = {
  waiting: { label: 'Waiting', color: 'indigo', Icon: IconLoader },
  running: { label: 'Running', color: 'indigo', Icon: IconLoader },
  stopping: { label: 'Stopping', color: 'indigo', Icon: IconLoader },
  done: { label: 'Done', color: 'teal', Icon: IconCircleCheck },
  failed: { label: 'Failed', color: 'red', Icon: IconCircleX },
  stopped: { label: 'Stopped', color: 'gray', Icon: IconSquareX },
}
