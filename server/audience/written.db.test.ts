import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { importTest } from '../imports/import.fixture.ts'
import { sql } from '../platform/db/sql.ts'
import { shownAttributes, tagTextSql, varsSql } from './vars.ts'

const made = importTest()

test('a text says what the list says, whatever type the values have', async () => {
  const id = await made.newWorkspace()
  const path = fileURLToPath(
    new URL('../../test/data/lists/appointment-time-and-amounts-and-codes.csv', import.meta.url),
  )
  const map = 'external_key=Kundnr,attr.tid:datetime=Tid,attr.saldo:number=Saldo,attr.rabattkod=Rabattkod'
  await made.run(id, path, map)
  const read = () =>
    made.db.query(sql`
      select ${varsSql(['tid', 'saldo', 'rabattkod'])} as vars, ${tagTextSql('saldo')} as saldo, p.attrs, p.written, x.attrs as shown
      from profiles p cross join lateral (select ${shownAttributes}) x where p.workspace_id = ${id} order by p.external_key limit 1`)
  const shown = { tid: '2026-12-03 14:30', saldo: '1 225,50', rabattkod: '12E4' }
  expect(await read()).toEqual([
    {
      vars: shown,
      saldo: '1 225,50',
      attrs: { tid: '2026-12-03T14:30', saldo: 1225.5, rabattkod: '12E4' },
      written: { tid: '2026-12-03 14:30', saldo: '1 225,50' },
      shown,
    },
  ])
  // A value that shows itself has no written form, and an earlier one is over.
  await made.csv(id, 'Kundnr;Saldo\n0012;7\n', 'external_key=Kundnr,attr.saldo:number=Saldo')
  expect(await read()).toMatchObject([{ saldo: '7', written: { tid: '2026-12-03 14:30' } }])
  // The same value written in another way is a change.
  await made.csv(id, 'Kundnr;Saldo\n0012;7,0\n', 'external_key=Kundnr,attr.saldo:number=Saldo')
  expect(await read()).toMatchObject([{ saldo: '7,0', attrs: { saldo: 7 } }])
})
