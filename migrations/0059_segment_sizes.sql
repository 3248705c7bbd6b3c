-- The size of each live segment by day, at most 400 days of it. A new table only: no locks that anybody notices, no time at 10 M rows. The
-- version before may run on it.
create table segment_sizes (
  segment_id integer not null references segments on delete cascade,
  workspace_id integer not null,
  -- A day of the calendar in the time zone of the workspace.
  day date not null,
  -- Exact; null: it is being counted, or it was not counted, and `why` says why.
  size bigint,
  why text check (why in ('slow', 'broken')),
  -- Of the conditions that were counted: the size of other conditions is another figure.
  conditions text not null,
  -- Real time: when a worker began, and how long it took.
  claimed_at timestamptz not null,
  took_ms integer not null default 0,
  -- Business time; null: not finished.
  counted_at timestamptz,
  primary key (segment_id, day));
create index segment_sizes_day on segment_sizes (workspace_id, day);
select place('segment_sizes', 'L');
