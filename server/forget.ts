/** Who holds something about a person: every folder its own tables, in the order in which they lock. An erase and an export come from here. */
import { clickOwner } from './clicks/personal.ts'
import { recordOwner } from './inbox/personal.ts'
import { forgetMessages } from './messages/forget.ts'
import { messagePlaces, type Owner } from './messages/personal.ts'
import { suppressionOwner } from './suppression/personal.ts'

/** Profiles themselves are profiles/personal.ts: they are read and emptied by the act. */
export const owners: readonly Owner[] = [
  { places: messagePlaces, forget: forgetMessages },
  recordOwner,
  clickOwner,
  suppressionOwner,
]
