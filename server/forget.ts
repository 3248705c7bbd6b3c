/** Who overwrites what when a person is forgotten: every folder its own tables, in the order in which they lock. */
import { forgetClicks } from './clicks/forget.ts'
import { forgetRecords } from './inbox/forget.ts'
import { forgetMessages } from './messages/forget.ts'
import type { Forget } from './profiles/forget.ts'
import { forgetNoes } from './suppression/forget.ts'

export const forgetters: readonly Forget[] = [forgetMessages, forgetRecords, forgetClicks, forgetNoes]
