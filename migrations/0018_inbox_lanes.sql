-- What comes in is applied in lanes (receipts, replies, visits), so that a backlog in one never delays another. Each lane belongs to one
-- process at a time, under a lease with an end: an advisory lock was kept for hours by a process that was frozen or without power.
-- A source of which everything is applied is not looked at again, and that of a killed process is closed by others once its sign of life
-- has run out.
-- Locks: inbox_sources, a rewrite of a small table (a row per process that ever started); seconds. Time at 10 M rows of inbox: one look-up
-- per source. The old version may run on it: yes, for a day (it gives no sign of life; its sources are in the lane of the receipts).

alter table inbox_sources
  add column lane text not null default 'gateway',
  -- the database's clock: after it another process may close the source
  add column lease_until timestamptz not null default clock_timestamp() + interval '1 day',
  -- closed, and everything in it applied
  add column applied boolean not null default false;
update inbox_sources s set applied = true
where s.closed_at is not null and not exists (select from inbox i where i.source = s.id and i.seq > s.watermark);
create index inbox_sources_open on inbox_sources (lane, id) where not applied;

-- Who applies a lane. The token counts the holders: only the newest may move a watermark.
create table inbox_lanes (
  lane text primary key,
  token bigint not null default 0,
  holder text,
  -- the database's clock
  lease_until timestamptz
);
select place('inbox_lanes', 'L');
insert into inbox_lanes (lane) values ('gateway'), ('replies'), ('web'), ('waiting');
