-- Who was selected when an activity was scheduled, until it starts.
create table audience_members (
  bucket integer not null,
  activity_id bigint not null,
  profile_id bigint not null,
  workspace_id integer not null,
  constraint audience_members_pk primary key (bucket, activity_id, profile_id),
  constraint audience_members_bucket check (bucket = (profile_id & 255)));
select place('audience_members', 'D');
