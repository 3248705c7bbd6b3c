/** In each file of tests with a database: its statements. */
import { afterAll } from 'vitest'
import { gatherStatements } from './gather.ts'

afterAll(gatherStatements())
