/** Each rule of the lint over statements finds a planted fault and passes correct statements. */
import { expect, test } from 'vitest'
import { MIGRATIONS, readMigrations } from '../../server/platform/db/migrate.ts'
import { readPlacements } from './placements.ts'
import { lintStatement, oneStatement, rules } from './rules.ts'

const placements = readPlacements()
const lint = (text: string) => lintStatement(text, placements)

/** As a change of the code might bring them, each with the rule that must tell. */
const faults: Record<keyof typeof rules, readonly string[]> = {
  'tables of a cluster are joined by what they are distributed by': [
    'select /* fanout */ 1 from messages m join clicks c on c.profile_id = m.profile_id',
    'select /* fanout */ 1 from profiles p, profile_keys k where k.profile_id = p.profile_id',
    'select 1 from messages m join clicks c on c.profile_id = m.profile_id where m.bucket = any($1::int[]) and c.bucket = any($1::int[])',
  ],
  'a subquery over a table of a cluster is tied to it by its bucket': [
    'select /* fanout */ 1 from messages m where exists (select 1 from clicks c where c.profile_id = m.profile_id)',
    'select a.id, (select /* fanout */ count(*) from messages m where m.activity_id = a.id) from activities a',
    'select 1 from activities a where not exists (select 1 from tallies t where t.bucket = 1 and t.activity_id = a.id)',
    'select 1 from activities a cross join lateral (select t.n from tallies t where t.bucket = $1 and t.activity_id = a.id) x',
  ],
  'an INSERT names the bucket': ['insert into tallies (activity_id, figure, n) /* fanout */ values (1, $1, 1)'],
  'the bucket of a row never changes': ['update messages set bucket = $1 where bucket = $2'],
  'a fan-out says so': [
    'select count(*) from messages',
    'update messages m set due = null from unnest($1::int[]) as u (bucket) where m.bucket = u.bucket',
    'select 1 from profile_keys k where k.workspace_id = $1',
    'with gone as (delete from outbox returning bucket) select count(*) from gone',
  ],
  'no locks over shards': [
    'select /* fanout */ 1 from messages m where m.activity_id = $1 for update',
    "select 1 from messages m where m.bucket = any('{0,1}'::int[]) for no key update skip locked",
  ],
  'no function in an UPDATE that is not immutable': [
    'update messages set due = clock_timestamp() where bucket = $1',
    'update messages m set status = u.status::message_status from unnest($1::text[]) as u (status) where m.bucket = $2',
    "update outbox set body = body || jsonb_build_object('address', body -> 'phone') where bucket = $1",
  ],
  'no clock in DO UPDATE': [
    'insert into suppressions (workspace_id) values ($1) on conflict (workspace_id) do update set at = now()',
    'insert into suppressions (workspace_id) values ($1) on conflict (workspace_id) do update set at = current_timestamp',
  ],
  'no subquery in VALUES': ['insert into tallies (bucket, n) values ($1, (select max(id) from activities))'],
  'no EXCEPT, INTERSECT or NOT IN over shards': [
    'select /* fanout */ profile_id from messages except select profile_id from clicks',
    'select /* fanout */ 1 from messages m where m.profile_id not in (select id from activities)',
  ],
  'no table of a cluster is joined on the right of what is not': [
    'select /* fanout */ 1 from unnest($1::int[]) as u (bucket) left join messages m on m.bucket = u.bucket',
  ],
  'EXISTS over a table of a cluster selects something, unless it is tied to the row': [
    "update clicks_judged set bucket = 0 where exists (select from clicks where bucket = any('{0,1}'::int[]))",
    'select /* fanout */ 1 from activities where not exists (select from clicks)',
  ],
  'no set-returning function beside GROUP BY': [
    'select /* fanout */ unnest(array_agg(profile_id)) from messages group by activity_id',
  ],
  'no recursion and no grouping sets over shards': [
    'with recursive r as (select 1 as n union all select n + 1 from r) select /* fanout */ 1 from r, messages',
    'select /* fanout */ status, count(*) from messages group by grouping sets ((status), ())',
  ],
  'READ COMMITTED only': ['begin isolation level repeatable read', 'set transaction isolation level serializable'],
  'no SQL newer than PostgreSQL 15': [
    'select any_value(id) from activities',
    'select uuidv7()',
    "select * from json_table('[]', '$[*]' columns (a int path '$.a')) t",
    'update activities set name = $1 returning old.name',
    'merge into activities a using topics t on a.id = t.id when matched then delete returning a.id',
  ],
}

test('each rule has its faults', () => {
  expect(Object.keys(faults)).toEqual(Object.keys(rules))
})

test.each(Object.entries(faults).flatMap(([rule, texts]) => texts.map(text => [rule, text] as const)))(
  '%s: %s',
  async (rule, text) => {
    expect((await lint(text)).map(found => found.rule)).toContain(rule)
  },
)

test('several statements in one string are refused, and invalid SQL is reported', async () => {
  expect(await lint('select 1; select 2')).toEqual([{ rule: oneStatement, what: '2 statements' }])
  await expect(lint('selct 1')).rejects.toThrow('syntax error')
})

test.each([
  'select 1 from messages m join profiles p on p.bucket = m.bucket and p.profile_id = m.profile_id where m.bucket = $1',
  'select 1 from unnest($1::int[]) as u (bucket) join messages m on m.bucket = u.bucket where m.bucket = any($2::int[]) for update of m',
  "select sum(n) from tallies where bucket = any('{0,1,2}'::int[])",
  'select /* fanout */ count(*) from messages m where not exists (select from clicks c where c.bucket = m.bucket)',
  'select 1 from messages m where (m.bucket, m.profile_id) in (select c.bucket, c.profile_id from clicks c where c.bucket = $1)',
  'insert into tallies as t (bucket, n) select $1::int, u.n from unnest($2::int[]) as u (n) on conflict (bucket) do update set n = t.n + excluded.n',
  'update messages m set status = u.status from unnest($1::message_status[]) as u (status) where m.bucket = $2',
  'insert into attempts (bucket, n) select m.bucket, 1 from messages m where m.bucket = $1',
  'select 1 from profile_keys k where k.value = $1 or k.value = any($2)',
  'update activities set name = $1 where exists (select from topics) and not exists (select 1 from messages where bucket = $2)',
  'select id, count(*) from activities group by id except select id, 1 from topics',
  'select x.n from (select unnest($1::int[]) as n) x group by x.n',
  'with u as (select $1::int as bucket) select 1 from messages m join u on u.bucket = m.bucket where m.bucket = any($2::int[])',
])('what runs on both passes: %s', async text => {
  expect(await lint(text)).toEqual([])
})

test('the migrations keep the rules too; each may touch every shard', async () => {
  const found: string[] = []
  for (const { name, statements } of readMigrations(MIGRATIONS))
    for (const { text, line } of statements)
      for (const { rule, what } of await lint(text))
        if (rule !== 'a fan-out says so') found.push(`${name}, line ${line}: ${rule}: ${what}`)
  expect(found).toEqual([])
})
