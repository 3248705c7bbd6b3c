/** A pause of each process, of the database, and of the wire to the gateway. */
import { testPauses } from './pauses.ts'

testPauses({ profiles: 2500, wire: true })
