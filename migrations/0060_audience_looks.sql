-- Who would have got an activity when its audience was looked at, or when it was scheduled, until it starts: the ids, packed
-- (server/audience/people-set.ts), 0.2 MB for a million people at most. A new table: no locks that anybody notices, no time at 10 M rows.
-- The version before may run on it: it leaves the rows, which their activity takes with it.
create table audience_looks (
  activity_id bigint primary key references activities on delete cascade,
  workspace_id integer not null,
  kind text not null check (kind in ('looked', 'scheduled')),
  -- business time
  at timestamptz not null,
  -- Send to as it was: other people of another choice have not come or gone.
  send_to jsonb not null,
  people integer not null,
  ids bytea not null);
-- They are deflated already.
alter table audience_looks alter column ids set storage external;
select place('audience_looks', 'L');
