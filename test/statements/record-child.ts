/** Loaded first by the processes that tests start (`--import`, test/processes.ts): their statements. */
import { gatherStatements } from './gather.ts'

gatherStatements()
