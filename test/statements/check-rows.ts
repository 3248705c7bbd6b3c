/** In each file of tests with a database: are the rows that come what their statement says that they are (rows.ts)? Else the file fails. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { afterAll, expect } from 'vitest'
import { type Received, received } from '../../server/platform/db/database.ts'

const faults = new Set<string>()

function look(message: unknown): void {
  if (!isReceived(message)) return
  for (const row of message.received)
    for (const fault of message.rows.faults(row)) faults.add(`${message.rows.name}: ${fault}`)
}

const isReceived = (message: unknown): message is Received =>
  typeof message === 'object' && message !== null && 'rows' in message && 'received' in message

subscribe(received.name, look)
afterAll(() => {
  unsubscribe(received.name, look)
  expect([...faults], 'rows that are not what their statement says').toEqual([])
})
