/** Deliveries that could not be read: kept as they came, and listed for operators. */
import { makeApplier, type Registration } from '../inbox/applier.ts'
import { recordKind } from '../inbox/record-kind.ts'
import { listUnreadable } from '../inbox/set-aside.ts'
import { UnreadableBody } from './delivered.ts'

export const unreadableKind = recordKind({
  name: 'unreadable',
  lane: 'gateway',
  label: 'Unreadable delivery',
  schema: UnreadableBody,
  erase: () => ({}),
  recordsOf: async () => [],
})

export const unreadable: Registration = {
  kinds: [unreadableKind],
  makeApplier: ({ db }) =>
    makeApplier([unreadableKind], (rows, finish) =>
      db.tx(async tx => {
        await listUnreadable(
          tx,
          rows.map(row => ({ row, why: row.body.why })),
        )
        await finish(tx)
      }),
    ),
}
