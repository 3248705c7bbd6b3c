/** Loaded first by the processes that tests start (`--import`, test/processes.ts, e2e/homing.ts): their statements. */
import { gatherStatements } from './gather.ts'

gatherStatements()
