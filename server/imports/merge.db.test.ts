/** What a row of a list does to profiles, keys, shared numbers and consents. */
import { describe, expect, test } from 'vitest'
import { sql } from '../platform/db/sql.ts'
import { importTest, later } from './import.fixture.ts'

const made = importTest()

describe('what a row says', () => {
  const map = 'external_key=id,phone=mobile,email=mail,first_name=name,sms_consent=consent,points:number=points'
  const header = 'id;mobile;mail;name;consent;points'

  test('the last line of a customer id wins, and it alone counts', async () => {
    const id = await made.newWorkspace()
    const result = await made.csv(
      id,
      `${header}\nA;0701740605;a@x.se;Anna;Ja;1\nB;0701740606;b@x.se;Bo;Ja;2\nA;;;Anita;;`,
      map,
    )
    expect(result).toMatchObject({ rows: 3, created: 2, repeatedCustomerIds: 1, distinctCustomerIds: 2, consentYes: 1 })
    const [first, second] = await made.profiles(id)
    expect([first?.externalKey, second?.externalKey]).toEqual(['B', 'A'])
    expect(second).toMatchObject({ firstName: 'Anita', phone: null, phoneType: 'none', attrs: {} })
    await made.expectDenseIds()
  })

  test('an empty cell changes nothing; an invalid number replaces a valid one and is shown', async () => {
    const id = await made.newWorkspace()
    await made.csv(id, `${header}\nA;0701740605;a@x.se;Anna;Ja;1`, map)
    expect(await made.csv(id, `${header}\nA;;;;;`, map)).toMatchObject({ created: 0, updated: 1 })
    expect((await made.profiles(id))[0]).toMatchObject({
      phone: '+46701740605',
      email: 'a@x.se',
      firstName: 'Anna',
      attrs: { points: 1 },
    })
    await made.csv(id, `${header}\nA;saknas;no address;;;2`, map)
    const [changed] = await made.profiles(id)
    expect(changed).toMatchObject({
      phone: null,
      phoneGiven: 'saknas',
      phoneType: 'invalid',
      email: 'no address',
      attrs: { points: 2 },
    })
    expect((await made.keys(id)).map(({ value }) => value)).toEqual(['A'])
    await made.expectConsistent(id)
  })

  test('consents are appended where they change something', async () => {
    const id = await made.newWorkspace()
    const say = (word: string, minute: number) => made.csv(id, `${header}\nA;;;;${word};`, map, { now: later(minute) })
    for (const [minute, word] of ['Ja', 'Yes', '', 'Nej', 'no', 'x'].entries()) await say(word, minute)
    const words = await made.db.query(
      sql`select granted, at, evidence ->> 'value' as value from consents where workspace_id = ${id} order by at`,
    )
    expect(words).toEqual([
      { granted: true, at: later(0), value: 'Ja' },
      { granted: false, at: later(3), value: 'Nej' },
      { granted: true, at: later(5), value: 'x' },
    ])
    await say('Nej', 5)
    await made.expectConsistent(id)
    expect(await made.count('opt_outs', id)).toBe(0)
  })

  test('shared numbers are marked as long as they are shared', async () => {
    const id = await made.newWorkspace()
    const shared = async () => (await made.profiles(id)).map(({ shared: is }) => is)
    expect(await made.csv(id, `${header}\nA;0701740605;;;;\nB;070-174 06 05;;;;\nC;0701740607;;;;`, map)).toMatchObject(
      {
        sharedNumberSurplus: 1,
      },
    )
    expect(await shared()).toEqual([true, true, false])
    await made.csv(id, `${header}\nA;0701740607;;;;`, map)
    expect(await shared()).toEqual([true, false, true])
    await made.csv(id, `${header}\nC;saknas;;;;\nD;0701740606;;;;`, map)
    expect(await shared()).toEqual([false, false, false, false])
    await made.expectConsistent(id)
  })

  test('an e-mail names all profiles that have it, and means the oldest', async () => {
    const id = await made.newWorkspace()
    await made.csv(id, `${header}\nA;;same@x.se;;;\nB;;SAME@x.se;;;`, map)
    const [a, b] = await made.profiles(id)
    expect((await made.keys(id)).filter(({ kind }) => kind === 'email')).toEqual([
      { kind: 'email', value: 'same@x.se', n: a?.profileId },
      { kind: 'email', value: 'same@x.se', n: b?.profileId },
    ])
    expect(b?.email).toBe('same@x.se')
    await made.csv(id, 'mail;name\nsame@x.se;Named\nnew@x.se;New', 'email=mail,first_name=name')
    expect((await made.profiles(id)).map(({ firstName }) => firstName)).toEqual(['Named', null, 'New'])
  })

  test('people may swap their numbers and addresses in one list', async () => {
    const id = await made.newWorkspace()
    await made.csv(id, `${header}\nA;0701740605;a@x.se;;;\nB;0701740606;b@x.se;;;`, map)
    await made.csv(id, `${header}\nA;0701740606;b@x.se;;;\nB;0701740605;a@x.se;;;`, map)
    expect((await made.profiles(id)).map(({ phone, email }) => [phone, email])).toEqual([
      ['+46701740606', 'b@x.se'],
      ['+46701740605', 'a@x.se'],
    ])
    await made.expectConsistent(id)
  })

  test('without a customer id the number tells who it is; of several who share it, the oldest', async () => {
    const id = await made.newWorkspace()
    await made.csv(id, `${header}\nA;0701740605;;;;\nB;0701740605;;;;`, map)
    expect(
      await made.csv(
        id,
        'tel;name\n+46701740605;Oldest\n0701740606;New\n0046701740606;Newer',
        'phone=tel,first_name=name',
      ),
    ).toMatchObject({
      created: 1,
      updated: 1,
      repeatedCustomerIds: 1,
    })
    expect((await made.profiles(id)).map(({ firstName }) => firstName)).toEqual(['Oldest', null, 'Newer'])
  })

  test('create leaves known people alone, update makes nobody', async () => {
    const id = await made.newWorkspace()
    await made.csv(id, `${header}\nA;;;Anna;Ja;`, map)
    const text = `${header}\nA;;;Changed;Nej;\nB;;;Bo;Ja;`
    expect(await made.csv(id, text, map, { mode: 'create' })).toMatchObject({ created: 1, updated: 0, skipped: 1 })
    expect((await made.profiles(id)).map(({ firstName }) => firstName)).toEqual(['Anna', 'Bo'])
    expect(await made.csv(id, `${header}\nB;;;Bodil;;\nC;;;Cia;;`, map, { mode: 'update' })).toMatchObject({
      created: 0,
      updated: 1,
      skipped: 1,
    })
    expect((await made.profiles(id)).map(({ firstName }) => firstName)).toEqual(['Anna', 'Bodil'])
    await made.expectConsistent(id)
    await made.expectDenseIds()
  })

  test('types that nobody named are guessed, and then stay', async () => {
    const id = await made.newWorkspace()
    const loose = 'external_key=id,born=born,points=points,nick=nick'
    await made.csv(id, 'id;born;points;nick\nA;17.05.1990;1 000,5;007', loose)
    expect((await made.profiles(id))[0]?.attrs).toEqual({ born: '1990-05-17', points: 1000.5, nick: '007' })
    expect(await made.csv(id, 'id;born;points;nick\nB;1990-05-17;many;7', loose)).toMatchObject({
      rejected: 1,
      created: 0,
    })
    await expect(made.csv(id, 'id;points\nB;1', 'external_key=id,points:text=points')).rejects.toMatchObject({
      code: 'attribute_type',
    })
  })

  test('a header may be called as JavaScript calls its own things', async () => {
    const id = await made.newWorkspace()
    await made.csv(id, 'id;a;b\nA;x;y', 'external_key=id,__proto__:text=a,constructor:text=b')
    const [row] = await made.db.query<{ text: string }>(
      sql`select attrs::text as text from profiles where workspace_id = ${id}`,
    )
    expect(JSON.parse(row?.text ?? '')).toEqual(JSON.parse('{"__proto__":"x","constructor":"y"}'))
  })

  test('two workspaces have nothing to do with each other', async () => {
    const [one, two] = [await made.newWorkspace(), await made.newWorkspace()]
    const text = `${header}\nA;0701740605;a@x.se;Anna;Ja;1`
    await made.csv(one, text, map)
    expect(await made.csv(two, text, map)).toMatchObject({ created: 1 })
    expect((await made.profiles(one))[0]?.shared).toBe(false)
  })
})

test('an import leaves a locked profile alone, and says so', async () => {
  const id = await made.newWorkspace()
  const keyAndName = 'external_key=kund,first_name=namn'
  const list = 'kund;namn\nL1;First'
  await made.csv(id, list, keyAndName)
  await made.db.run(sql`update profiles set locked_reason = 'dispute' where workspace_id = ${id}`)
  const result = await made.csv(id, 'kund;namn\nL1;Second\nL2;New', keyAndName)
  expect(result).toMatchObject({ created: 1, updated: 0, skipped: 0 })
  expect(result.notes).toContain('1 profile is locked and was left as it is.')
  const names = await made.db.query<{ name: string }>(
    sql`select first_name as name from profiles where workspace_id = ${id} order by profile_id`,
  )
  expect(names.map(({ name }) => name)).toEqual(['First', 'New'])
})
