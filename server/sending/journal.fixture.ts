/**
 * Writes windows into a journal until the system takes no more, in a process whose files must not grow over a limit: the write
 * that reaches it is a short one, as on a disk that fills up. Tells which attempts might have gone to the socket.
 */
import { Journal, type JournalEntry } from './journal.ts'

const [folder = '', mark = '', boot = '', maxBytes = '4194304'] = process.argv.slice(2)
const journal = new Journal(folder, { sessionId: 1, mark, boot }, Number(maxBytes))
const passed: JournalEntry[] = []
let refused = 0
for (let window = 0; window < 200; window++) {
  const entries = Array.from({ length: 7 + (window % 5) }, (_, i) => ({
    activityId: 12,
    profileId: window * 100 + i,
    n: 1,
  }))
  try {
    journal.write(entries)
    passed.push(...entries)
  } catch {
    refused++
  }
  // Nothing has been answered: all of it must stay.
  journal.compact(passed)
}
process.stdout.write(JSON.stringify({ passed, refused }))
