-- A record that cannot be applied is set aside: kept raw with the reason, listed beside the receipts that match nothing and the deliveries
-- that cannot be read, and tried again; what came in behind it is applied. A lane notes what it is about to apply after its holder died,
-- so that a record which ends the process is found. What is matched is not kept twice: the raw record is in the inbox.
-- Locks: waiting, for the time of its rewrite (a row per unmatched receipt). Time at 10 M rows of inbox: none. The old version may run on
-- it: yes.

alter table waiting
  -- the person's number as the gateway wrote it, for the erase; the body may hold what PostgreSQL cannot read as JSON
  add column number text not null default '',
  add column why text;
delete from waiting where settled = 'matched';
update waiting set number = coalesce(substring(body::text from '"number": ?"([^"\\]*)"'), ''), tries = least(tries, 10);
create index waiting_at on waiting (at, source, seq);
create index waiting_number on waiting (number) where number <> '';
create index waiting_set_aside on waiting (next_try_at) where settled = 'set_aside';
alter table inbox_lanes add column doubt jsonb;
