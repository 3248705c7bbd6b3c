-- A message may go over another gateway than its activity's: `route`, decided at the freeze. Null is the activity's own gateway; another
-- number is a row of activity_routes. No activity has routes yet.
-- Locks: messages for a moment (a column without a default is written nowhere). Time at 10 M rows: milliseconds. The old version would
-- claim messages of any route over the activity's gateway: it must not run on it.

alter table messages add column route smallint;
create table activity_routes (
  activity_id bigint not null references activities (id) on delete cascade,
  route smallint not null,
  gateway_id int not null references gateways (id) on delete cascade,
  constraint activity_routes_pk primary key (activity_id, route),
  constraint activity_routes_route check (route > 0)
);
create index activity_routes_gateway on activity_routes (gateway_id);
select place('activity_routes', 'L');
