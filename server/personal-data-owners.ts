/** Who holds something about a person: every folder its own tables, in the order in which they lock. An erase and an export come from here. */
import { join } from 'node:path'
import { attributeOwner } from './attributes/personal.ts'
import { clickOwner } from './clicks/personal.ts'
import { forgetInJournal } from './gateways/simulator/memory-file.ts'
import { forgetRejected } from './imports/kept-files.ts'
import { recordOwner } from './inbox/personal.ts'
import { forgetMessages } from './messages/forget.ts'
import { messagePlaces, type PersonalDataOwner } from './messages/personal.ts'
import { recordKinds } from './record-kinds.ts'
import { replyOwner } from './replies/personal.ts'
import { suppressionOwner } from './suppression/personal.ts'
import { tagOwner } from './tags/personal.ts'
import { websiteOwner } from './website/personal.ts'

/** Profiles themselves are profiles/personal.ts: they are read and emptied by the act. */
/** Rejected rows of lists, and the memory of the simulator. */
const files: PersonalDataOwner = {
  places: [],
  forget: async () => {},
  async forgetFiles(db, dataFolder, person) {
    await forgetRejected(db, dataFolder, person)
    const numbers = person.addresses.sms.map(phone => phone.replace(/\D/g, ''))
    await forgetInJournal(join(dataFolder, 'simulator'), numbers)
  },
}

export const owners: readonly PersonalDataOwner[] = [
  { places: messagePlaces, forget: forgetMessages },
  recordOwner(recordKinds),
  clickOwner,
  replyOwner,
  suppressionOwner,
  tagOwner,
  attributeOwner,
  websiteOwner,
  files,
]
