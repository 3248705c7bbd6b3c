-- A message, a reply and an opt-out have an address: a number today, an e-mail address later. An opt-out belongs to an address on a channel,
-- as a suppression does already, and is found by both. A number of an erased person keeps its hash: the hash does not depend on the channel.
-- Locks: messages, replies, opt_outs and outbox for a moment; opt_outs against writing while its index is built. Time at 10 M profiles with
-- 1 M opt-outs: about 4 seconds. The old version cannot run on it.
-- Corrected once, for a cluster; applied before as 875040a8eef7b6949687223b1befc4bb82f4a0deccca05146464d8fc3fbda2c7.

alter table messages rename column phone to address;
alter table replies rename column phone to address;
alter index replies_phone rename to replies_address;
alter table opt_outs rename column phone to address;
alter table opt_outs rename column sealed_phone to sealed_address;
alter table opt_outs add column channel text not null default 'sms';
alter table opt_outs alter column channel drop default;
create index opt_outs_address on opt_outs (workspace_id, channel, address);
drop index opt_outs_phone;
-- A cluster analyzes no table that the same transaction has altered; its autovacuum does it.
do $$ begin
  if not exists (select from pg_catalog.pg_extension where extname = 'citus') then analyze opt_outs; end if;
end $$;
-- Effects that wait for their drain.
update outbox set body = jsonb_set(body - 'phone', '{address}', body -> 'phone') where body ? 'phone';
