-- What a click tells is kept, so that its verdict can be made again when later visits, or a late receipt, tell more. Visits to the
-- opt-out page are kept too: a program that opens every link opens that one as well. They are evidence and never a click.
-- Locks: exclusive on clicks, receipts and messages for as long as a column takes (defaults are not written into rows); building the
-- two indexes blocks writing: some 10 s for messages at 10 M rows. The old version may run on it: yes, its clicks have no evidence.

alter table clicks
  add column own_reason text,
  add column own_sign boolean not null default false,
  add column signed boolean not null default false,
  add column crowd boolean not null default false,
  add column device text not null default 'other',
  add column address_class text,
  add column headers jsonb;
update clicks set own_reason = reason;

-- The rule over one address reads the few visits with a sign of a program around a time, of whatever profile.
create index clicks_signed on clicks (address_hash, at) where signed;

create table opt_out_views (
  bucket int not null,
  activity_id bigint not null,
  profile_id bigint not null,
  source bigint not null,
  seq bigint not null,
  workspace_id int not null,
  at timestamptz not null,
  own_reason text,
  method text not null,
  agent text,
  address_hash text,
  constraint opt_out_views_pk primary key (bucket, activity_id, profile_id, source, seq),
  constraint opt_out_views_bucket check (bucket = (profile_id & 255))
);
select place('opt_out_views', 'D');

-- By the gateway's own dates: at least this long after its submission the phone had it. Null: it named none.
alter table receipts add column after_ms int;

-- The first visit of anybody or anything through a link. A cache of clicks, as first_click_at is of those of people.
alter table messages add column first_visit_at timestamptz;
create index messages_visited on messages (activity_id, first_visit_at, profile_id) where first_visit_at is not null;
