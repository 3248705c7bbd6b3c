/**
 * For benchmarks: a workspace with profiles that have consented to a topic, and drafts to it with three data tags, two and none.
 * Of a hundred: two withdrew their consent, one has opted out, four share their number with another, one has a landline, one has no
 * number; a few numbers are closed. Names of twenty lengths, some with characters that make a text expensive, and an attribute with
 * five thousand values. A price in each of four countries, and a day later ten more in one of them. The same for the same size.
 */
import { contentOf } from '../core/activities/content.ts'
import { ensureTopic } from '../server/access/topics.ts'
import type { Database } from '../server/platform/db/database.ts'
import { join, raw, sql } from '../server/platform/db/sql.ts'

export interface MadeAudience {
  topicId: number
  /** the draft with three data tags, a link and the unsubscribe link */
  tagged: number
  /** the draft with two of the tags */
  twoTags: number
  /** the draft with the same text for all, but for the links */
  plain: number
  /** from then on fourteen prices are valid, before that four */
  pricedAt: Date
}

export const texts = {
  tagged:
    'Hi ##first_name|there##, your ##points## points are worth more in ##city## until Sunday. Everything for autumn is here: https://acme.test/autumn No more SMS: ##unsubscribe##',
  twoTags:
    'Your ##points## points are worth more in ##city## until Sunday. Everything for autumn is here: https://acme.test/autumn No more SMS: ##unsubscribe##',
  plain: 'Everything for autumn is here now: https://acme.test/autumn No more SMS: ##unsubscribe##',
}
const firstNames =
  'Alva Nils Elin Omar Sara Erik Maja Ali Freja Lars Ines Björn Aylin Ville Zoë Jonas Łucja Mohammed Astrid Per Maria-Teresa Bo'
const lastNames =
  'Lindberg Ek Sjöström Hedlund Dahl Gran Löv Söderqvist Norrman Öster Al Björklund Ny Ås Häll Stenberg Back Łukaszewicz'
const cities = 'Uppsala Lund Umeå Göteborg Malmö Örebro Kiruna Visby'

export async function makeAudience(db: Database, workspaceId: number, size: number, now: Date): Promise<MadeAudience> {
  const { id: topicId } = await ensureTopic(db, workspaceId, 'Offers', now)
  const word = (words: string, step: number) => {
    const list = words.split(' ')
    return sql`(${list}::text[])[1 + (i / ${raw(String(step))} + i) % ${raw(String(list.length))}]`
  }
  const phone = sql`(case i % 20 when 0 then '+474' when 1 then '+4520' when 2 then '+35840' else '+467' end
    || lpad((case when i % 50 = 33 then i - 16 when i % 50 = 34 then i - 17 else i end)::text, 8, '0'))`
  const everybody = sql`from generate_series(1, ${size}::bigint) i`
  await db.run(sql`insert into profiles (bucket, profile_id, workspace_id, external_key, phone, phone_type, phone_shared, country, email, email_valid,
      first_name, last_name, attrs, created_at, updated_at)
    select i & 255, i, ${workspaceId}::int, 'C' || 100000 + i, case when i % 100 = 7 then null else ${phone} end,
      case i % 100 when 7 then 'none' when 8 then 'fixed' else 'mobile' end, i % 50 in (17, 33, 34) and i % 100 <> 7,
      case i % 20 when 0 then 'NO' when 1 then 'DK' when 2 then 'FI' else 'SE' end, 'p' || i || '@acme.test', true,
      case when i % 40 = 3 then null else ${word(firstNames, 7)} end, ${word(lastNames, 11)},
      jsonb_build_object('city', ${word(cities, 13)}, 'points', i % 5000, 'shop', 'Drottninggatan ' || i % 90), ${now}::timestamptz, ${now}::timestamptz
    ${everybody}`)
  await db.run(sql`insert into current_consents (bucket, profile_id, workspace_id, topic_id, channel, at, granted)
    select i & 255, i, ${workspaceId}::int, ${topicId}::int, 'sms', ${now}::timestamptz, i % 50 <> 9 ${everybody}`)
  await db.run(sql`insert into opt_outs (id, workspace_id, channel, address, at, source)
    select nextval('opt_out_ids'), ${workspaceId}::int, 'sms', ${phone}, ${now}::timestamptz, 'link' ${everybody} where i % 100 = 21`)
  await db.run(sql`insert into suppressions (id, workspace_id, channel, address, reason, at)
    select nextval('suppression_ids'), ${workspaceId}::int, 'sms', ${phone}, case i % 3 when 0 then 'by_hand' else 'hard_bounces' end, ${now}::timestamptz
    ${everybody} where i % 500 = 22`)
  await db.run(
    sql`insert into prices (workspace_id, prefix, valid_from, credits) values ${join(
      ['+46', '+47', '+45', '+358'].map(
        (prefix, i) => sql`(${workspaceId}, ${prefix}, ${now}, ${String(1 + i / 4)}::numeric)`,
      ),
    )}`,
  )
  const pricedAt = new Date(now.getTime() + 86_400_000)
  await db.run(sql`insert into prices (workspace_id, prefix, valid_from, credits)
    select ${workspaceId}::int, '+46700' || i, ${pricedAt}::timestamptz, 1 + i / 8.0 from generate_series(0, 9) i`)
  await db.run(sql`insert into attributes (workspace_id, name, type, created_at)
    values (${workspaceId}, 'city', 'text', ${now}), (${workspaceId}, 'points', 'number', ${now})`)
  await db.run(sql`select setval('profile_ids', ${size})`)
  for (const table of ['profiles', 'current_consents', 'opt_outs', 'suppressions'])
    await db.run(sql`vacuum analyze ${raw(table)}`)
  const draft = async (body: string) => {
    const sendTo = { topics: [topicId], duplicates: 'one_per_address' }
    const [row] = await db.query<{ id: number }>(sql`
      insert into activities (workspace_id, name, content, send_to, created_at, updated_at)
      values (${workspaceId}, 'Autumn', ${JSON.stringify(contentOf({ channel: 'sms', sender: 'Acme', body }))}::jsonb, ${JSON.stringify(sendTo)}::jsonb, ${now}, ${now}) returning id`)
    if (row === undefined) throw new Error('no draft')
    return row.id
  }
  const [tagged, twoTags, plain] = [await draft(texts.tagged), await draft(texts.twoTags), await draft(texts.plain)]
  return { topicId, tagged, twoTags, plain, pricedAt }
}
