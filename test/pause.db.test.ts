/** A pause of each process, and of the database. The wire, too: pause.long.test.ts. */
import { testPauses } from './pauses.ts'

testPauses({ profiles: 2000, wire: false })
