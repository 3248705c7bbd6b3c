-- Why: a code says which table it is from by a prefix (docs/smpp-codes.md): "0x0B" becomes smpp:0x0b, "UNDELIV" dlr:undeliv, "UNDELIV/gsm:1" gsm:1,
-- "no_answer" homing:no_answer. What lies unapplied in the inbox or the spool stays as it came: it gets its prefix when it is applied.
-- Locks: rows only; nothing may be sent meanwhile (a migration runs before the processes). Time at 10 M messages: two minutes, of which receipts take most (12 s a million).
-- The old version may run on it: no, it would look for codes without a prefix.
-- Corrected once, for a cluster; applied before as 7c9d8419660b3413dc5a530367eaefe3111eaba8c497f534bd73dd12767480e3.

update answers set code = case
  when code ~ '^[a-z][a-z0-9]*:' then code
  when code ~* '^0x[0-9a-f]+$' then 'smpp:0x' || case when length(ltrim(substr(code, 3), '0')) < 2 then lpad(ltrim(lower(substr(code, 3)), '0'), 2, '0') else ltrim(lower(substr(code, 3)), '0') end
  when code ~ '/(gsm|vonage):[1-9][0-9]?$' then substring(code from '/((?:gsm|vonage):[0-9]+)$')
  when code ~ '^[a-z][a-z_]*$' then 'homing:' || code
  when code = '' then 'dlr:none'
  else 'dlr:' || lower(code) end
where code is not null;

update receipts set code = case
  when code ~ '^[a-z][a-z0-9]*:' then code
  when code ~* '^0x[0-9a-f]+$' then 'smpp:0x' || case when length(ltrim(substr(code, 3), '0')) < 2 then lpad(ltrim(lower(substr(code, 3)), '0'), 2, '0') else ltrim(lower(substr(code, 3)), '0') end
  when code ~ '/(gsm|vonage):[1-9][0-9]?$' then substring(code from '/((?:gsm|vonage):[0-9]+)$')
  when code ~ '^[a-z][a-z_]*$' then 'homing:' || code
  when code = '' then 'dlr:none'
  else 'dlr:' || lower(code) end
where code is not null;

update messages set code = case
  when code ~ '^[a-z][a-z0-9]*:' then code
  when code ~* '^0x[0-9a-f]+$' then 'smpp:0x' || case when length(ltrim(substr(code, 3), '0')) < 2 then lpad(ltrim(lower(substr(code, 3)), '0'), 2, '0') else ltrim(lower(substr(code, 3)), '0') end
  when code ~ '/(gsm|vonage):[1-9][0-9]?$' then substring(code from '/((?:gsm|vonage):[0-9]+)$')
  when code ~ '^[a-z][a-z_]*$' then 'homing:' || code
  when code = '' then 'dlr:none'
  else 'dlr:' || lower(code) end
where code is not null;

update test_facts set code = case
  when code ~ '^[a-z][a-z0-9]*:' then code
  when code ~* '^0x[0-9a-f]+$' then 'smpp:0x' || case when length(ltrim(substr(code, 3), '0')) < 2 then lpad(ltrim(lower(substr(code, 3)), '0'), 2, '0') else ltrim(lower(substr(code, 3)), '0') end
  when code ~ '/(gsm|vonage):[1-9][0-9]?$' then substring(code from '/((?:gsm|vonage):[0-9]+)$')
  when code ~ '^[a-z][a-z_]*$' then 'homing:' || code
  when code = '' then 'dlr:none'
  else 'dlr:' || lower(code) end
where code is not null;

-- Of two bounces of one part at one time the message has the code that is first (hard) or last (soft) by its characters, now with prefixes.
update messages m set code = case t.outcome when 'hard' then t.codes[1] else t.codes[cardinality(t.codes)] end
from (select r.bucket, r.activity_id, r.profile_id, r.outcome, r.at, array_agg(distinct r.code collate "C" order by r.code collate "C") as codes
  from receipts r where r.outcome in ('hard', 'soft') and r.code is not null
  group by r.bucket, r.activity_id, r.profile_id, r.n, r.part, r.outcome, r.at having min(r.code) <> max(r.code)) t
where m.bucket = t.bucket and m.activity_id = t.activity_id and m.profile_id = t.profile_id and m.status_at = t.at
  and m.code = any(t.codes)
  and m.status = any(case t.outcome when 'hard' then '{bounced_hard}'::message_status[] else '{bounced_soft_retrying,bounced_soft_final}'::message_status[] end);

delete from breakdowns where kind = 'code';

insert into breakdowns (bucket, activity_id, kind, key, figure, n)
select m.bucket, m.activity_id, 'code', m.code, m.status::text, count(*)
from messages m where m.code is not null and m.status <> 'not_sent' group by m.bucket, m.activity_id, m.code, m.status;
