-- Sums that are younger than the messages they count: what was charged by country, how long deliveries took, clicks by device, when
-- people clicked first, when what has bounced bounced, and first visits. Made once from the messages, so that old activities add up too.
-- Locks: rows only; nothing may be sent meanwhile (a migration runs before the processes). Time at 10 M messages: a minute or two, two
-- readings of messages and one of clicks. The old version may run on it: no, it would count into the old sums.

update messages m set first_visit_at = c.at
from (select x.bucket, x.activity_id, x.profile_id, min(x.at) as at from clicks x group by x.bucket, x.activity_id, x.profile_id) c
where m.bucket = c.bucket and m.activity_id = c.activity_id and m.profile_id = c.profile_id and m.first_visit_at is distinct from c.at;

delete from breakdowns where kind = 'latency' or (kind = 'country' and figure = 'charged');

insert into breakdowns (bucket, activity_id, kind, key, figure, n, credits)
select m.bucket, m.activity_id, 'country', coalesce(m.country, ''), 'charged', count(*), coalesce(sum(m.credits), 0)
from messages m where m.charged group by m.bucket, m.activity_id, coalesce(m.country, '');

-- The steps of core/report/latency.ts as they were when this was written: the first that is not shorter, the last for all that is longer.
insert into breakdowns (bucket, activity_id, kind, key, figure, n)
select t.bucket, t.activity_id, 'latency', coalesce(t.gateway_id::text, '') || '/' || t.steps[least(width_bucket(t.ms - 1, t.steps) + 1, cardinality(t.steps))],
  'delivered', count(*)
from (select m.bucket, m.activity_id, m.gateway_id, floor(extract(epoch from m.status_at - m.t0) * 1000)::bigint as ms,
    array[
      100, 150, 200, 300, 400, 500, 700, 1000, 1500, 2000, 3000, 4000, 5000, 6000, 8000, 10000, 12000, 15000, 20000,
      25000, 30000, 45000, 60000, 90000, 120000, 180000, 240000, 300000, 360000, 480000, 600000, 720000, 900000,
      1200000, 1500000, 1800000, 2700000, 3600000, 5400000, 7200000, 10800000, 14400000, 18000000, 21600000, 28800000,
      36000000, 43200000, 57600000, 72000000, 86400000, 108000000, 129600000, 172800000, 216000000, 259200000, 345600000]::bigint[] as steps
  from messages m where m.status = 'delivered' and m.t0 is not null and m.status_at is not null
    and m.status_at is distinct from m.no_receipt_at) t
group by 1, 2, 4;

-- What was clicked before devices were told apart is of another one.
insert into breakdowns as b (bucket, activity_id, kind, key, figure, n)
select x.bucket, x.activity_id, 'device', 'other', 'clicks', sum(x.n)
from (select t.bucket, t.activity_id, t.n from tallies t where t.figure = 'clicks'
  union all select d.bucket, d.activity_id, -d.n from breakdowns d where d.kind = 'device' and d.figure = 'clicks') x
group by x.bucket, x.activity_id having sum(x.n) <> 0
on conflict (bucket, activity_id, kind, key, figure) do update set n = b.n + excluded.n;

delete from series where event in ('unique', 'bounced');

insert into series (bucket, activity_id, minute, event, n)
select m.bucket, m.activity_id, date_trunc('minute', m.first_click_at), 'unique', count(*)
from messages m where m.first_click_at is not null group by 1, 2, 3;

insert into series (bucket, activity_id, minute, event, n)
select m.bucket, m.activity_id, date_trunc('minute', m.status_at), 'bounced', count(*)
from messages m where m.status in ('bounced_hard', 'bounced_soft_retrying', 'bounced_soft_final') and m.status_at is not null
group by 1, 2, 3;
