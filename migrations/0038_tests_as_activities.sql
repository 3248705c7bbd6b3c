-- A test SMS is a small activity (kind = 'test', test_of: its draft) with one message for no profile (profile id 0), and is sent, answered,
-- matched, settled and charged as every message is. Its own tables and its own part of the code go.
-- Tests of the last version become ended activities: facts, links, charges and results stay. One that was still waiting is too late. Several
-- tries (each but the last was refused whole) are told as one. The text of such a test is not kept: it was rendered already.
-- Locks: activities, ledger and audit exclusively for the new columns and the moved ids (no rewrite). Time at 10 M messages: under a second; tests
-- are kept for 30 days, thousands of them take seconds.
-- The old version may run on it: no, its tables are gone.

alter table activities add column kind text not null default 'sending' constraint activities_kind_check check (kind in ('sending', 'test'));
alter table activities add column test_of bigint constraint activities_test_of_fkey references activities on delete set null;
alter table activities add constraint activities_test check (test_of is null or kind = 'test');
create index activities_tests_of on activities (test_of, id) where test_of is not null;
create index activities_tests on activities (workspace_id, created_at) where kind = 'test';

create temporary table moved on commit drop as
  select t.*, nextval(pg_get_serial_sequence('activities', 'id')) as moved_to from test_sms t;

insert into activities (id, workspace_id, kind, test_of, name, state, content, send_to, gateway_id, code_base, code_span, latest_at,
    created_at, updated_at, started_at, frozen_at, finished_at)
  select t.moved_to, t.workspace_id, 'test', t.activity_id, coalesce(a.name, 'Test SMS'), 'sent', jsonb_build_object('channel', 'sms', 'sender', t.sender, 'body', ''),
    jsonb_build_object('topics', to_jsonb(t.topics), 'duplicates', 'one_per_number'), t.gateway_id, t.code_base, case when t.code_base is not null then 1 end,
    t.asked_at + interval '15 minutes', t.asked_at, t.asked_at, t.asked_at, t.asked_at, t.asked_at
  from moved t left join activities a on a.id = t.activity_id;
-- those of a draft that is gone led nowhere
insert into links (activity_id, slot, kind, url)
  select t.moved_to, u.slot - 1, case when u.url is null then 'unsubscribe' else 'link' end, u.url
  from moved t, unnest(t.urls) with ordinality as u (url, slot) where t.activity_id is not null;

-- Nobody knows what became of an attempt without an answer.
insert into test_facts (test_id, n, part, outcome, at, code)
  select a.test_id, a.n, 0, 'unknown', a.at, 'homing:process_died' from test_attempts a
  where not exists (select from test_facts f where f.test_id = a.test_id and f.n = a.n and f.source = 0);
insert into attempts (bucket, activity_id, profile_id, n, try, parts, gateway_id, session_id, at)
  select 0, t.moved_to, 0, a.n, 1, a.parts, t.gateway_id, a.session_id, a.at from test_attempts a join moved t on t.id = a.test_id;
insert into answers (bucket, activity_id, profile_id, n, part, outcome, counts, gateway_id, at, provider_id, code)
  select 0, t.moved_to, 0, f.n, f.part, f.outcome, f.counts and f.outcome <> 'refused', t.gateway_id, f.at, f.provider_id, f.code
  from test_facts f join moved t on t.id = f.test_id where f.source = 0;
insert into receipts (bucket, activity_id, profile_id, n, part, outcome, counts, at, source, seq, code)
  select 0, t.moved_to, 0, f.n, f.part, f.outcome, f.counts, f.at, f.source, f.seq, f.code
  from test_facts f join moved t on t.id = f.test_id where f.source <> 0
  on conflict do nothing;

-- What core/messages/fold.ts makes of these facts: first each part of each attempt (the fold's order of words), then each part.
create temporary table said on commit drop as
  select f.test_id, f.n, f.part, f.source, f.outcome, f.at, f.code, a.at as attempted_at, a.parts as carried
  from test_facts f join test_attempts a on a.test_id = f.test_id and a.n = f.n;
create temporary table parts_of_tests on commit drop as
  select t.id, greatest(t.parts, (select max(s.part) from said s where s.test_id = t.id),
    (select ceil(log(2, max(a.parts) + 1)) from test_attempts a where a.test_id = t.id))::int as parts from moved t;
create temporary table parts_of_attempts on commit drop as
  select s.test_id, s.n, p.part, min(s.attempted_at) as at,
    -- over several attempts unknown outranks a refusal
    (array[3, 1, 2, 4, 5, 6, 7])[max(array_position(array['unknown', 'dropped', 'refused', 'accepted', 'soft', 'hard', 'delivered'],
      case s.outcome when 'pending' then 'accepted' else s.outcome end))] as rank,
    min(s.at) filter (where s.outcome = 'delivered') as delivered_at
  from said s join parts_of_tests t on t.id = s.test_id, generate_series(1, t.parts) as p (part)
  where s.part in (0, p.part) and (s.carried is null or s.carried & (1 << (p.part - 1)) <> 0)
  group by s.test_id, s.n, p.part;
create temporary table folded on commit drop as
  select t.id, min(t.parts) as parts, min(r.t0) as t0, max(r.delivered_at) as delivered_at,
    case when bool_and(coalesce(r.rank, 0) = 7) then 'delivered'
      when bool_or(r.rank >= 3) and exists (select from said s where s.test_id = t.id and s.outcome = 'hard') then 'bounced_hard'
      when bool_or(r.rank = 5) then 'bounced_soft_final' when bool_or(r.rank >= 3) then 'pending' else 'not_sent' end as status
  from parts_of_tests t cross join lateral generate_series(1, t.parts) as p (part)
  left join lateral (select max(a.rank) as rank, min(a.at) filter (where a.rank >= 3) as t0, min(a.delivered_at) as delivered_at
    from parts_of_attempts a where a.test_id = t.id and a.part = p.part) r on true
  group by t.id;

insert into messages (bucket, workspace_id, activity_id, profile_id, status, address, parts, credits, window_over_at, attempts, t0, status_at, gateway_id,
    charged, code, bounced_at, stop_reason, stop_at)
  select 0, t.workspace_id, t.moved_to, 0, f.status::message_status, nullif(t.phone, ''), f.parts, t.credits, t.asked_at,
    coalesce((select max(s.n) from test_facts s where s.test_id = t.id and s.source = 0), 0), f.t0,
    case f.status when 'delivered' then f.delivered_at when 'pending' then f.t0 when 'not_sent' then stop.at else bounce.at end,
    case when f.t0 is not null then t.gateway_id end,
    exists (select from test_facts s where s.test_id = t.id and (s.source <> 0 or s.outcome in ('accepted', 'soft', 'hard'))),
    bounce.code, bounce.at, stop.reason, stop.at
  from moved t join folded f on f.id = t.id
  cross join lateral (select case when t.stop_reason = 'given_up' or (t.stop_reason is null and f.status in ('not_sent', 'pending')) then 'too_late' else t.stop_reason end as reason,
    case when t.stop_reason is null and f.status in ('not_sent', 'pending') then t.asked_at + interval '15 minutes' else t.stop_at end as at) stop
  left join lateral (select s.at, s.code from said s where s.test_id = t.id and s.outcome = case f.status when 'bounced_hard' then 'hard' when 'bounced_soft_final' then 'soft' end
    order by case f.status when 'bounced_hard' then s.at end, case f.status when 'bounced_soft_final' then s.at end desc,
      case f.status when 'bounced_hard' then s.n end, case f.status when 'bounced_soft_final' then s.n end desc,
      case f.status when 'bounced_hard' then s.part end, case f.status when 'bounced_soft_final' then s.part end desc limit 1) bounce on true;

insert into tallies (bucket, activity_id, figure, n, credits)
  select 0, m.activity_id, figure.name, 1, figure.credits from messages m
  cross join lateral (values ('targeted', 0), (m.status::text, 0), (case when m.status = 'not_sent' then 'not_sent:' || m.stop_reason end, 0),
    (case when m.charged then 'charged' end, coalesce(m.credits, 0))) as figure (name, credits)
  where m.bucket = 0 and m.profile_id = 0 and figure.name is not null;
insert into breakdowns (bucket, activity_id, kind, key, figure, n, credits)
  select 0, m.activity_id, b.kind, b.key, b.figure, 1, b.credits from messages m
  -- the steps of core/report/latency.ts
  left join lateral (select min(s.step) as step from unnest(array[
        100, 150, 200, 300, 400, 500, 700, 1000, 1500, 2000, 3000, 4000, 5000, 6000, 8000, 10000, 12000, 15000, 20000, 25000, 30000, 45000,
        60000, 90000, 120000, 180000, 240000, 300000, 360000, 480000, 600000, 720000, 900000, 1200000, 1500000, 1800000, 2700000,
        3600000, 5400000, 7200000, 10800000, 14400000, 18000000, 21600000, 28800000, 36000000, 43200000, 57600000, 72000000, 86400000,
        108000000, 129600000, 172800000, 216000000, 259200000, 345600000]) as s (step)
      where s.step >= round(extract(epoch from m.status_at - m.t0) * 1000)) latency on true
  cross join lateral (values
    ('country', case when m.t0 is not null then '' end, m.status::text, 0),
    ('gateway', case when m.t0 is not null then m.gateway_id::text end, m.status::text, 0),
    ('code', case when m.t0 is not null then m.code end, m.status::text, 0),
    ('country', case when m.charged then '' end, 'charged', coalesce(m.credits, 0)),
    ('latency', case when m.status = 'delivered' then m.gateway_id || '/' || coalesce(latency.step, 345600000) end,
      'delivered', 0)) as b (kind, key, figure, credits)
  where m.bucket = 0 and m.profile_id = 0 and b.key is not null;
insert into series (bucket, activity_id, minute, event, n)
  select 0, m.activity_id, date_trunc('minute', s.at, 'UTC'), s.event, 1 from messages m
  cross join lateral (values ('sent', m.t0), ('delivered', case when m.status = 'delivered' then m.status_at end), ('bounced', m.bounced_at)) as s (event, at)
  where m.bucket = 0 and m.profile_id = 0 and s.at is not null;

update ledger l set activity_id = t.moved_to from moved t where l.test_id = t.id;
-- A later erase finds the tests of a profile by it.
update audit u set details = coalesce((select jsonb_set(u.details, '{test}', to_jsonb(t.moved_to)) from moved t where t.id = (u.details->>'test')::bigint), u.details - 'test')
  where u.action = 'activity.test';

alter table ledger drop column test_id;
drop table test_facts;
drop table test_attempts;
drop table test_sms;
delete from placements where name in ('test_sms', 'test_attempts', 'test_facts');
