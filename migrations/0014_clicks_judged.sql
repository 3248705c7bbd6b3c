-- Up to which message are the verdicts of clicks by today's rules? Old clicks are judged anew after an upgrade, in the background and in the
-- order of their messages' keys; this is the mark of how far that has come. A later change of the rules sets it back:
--   update clicks_judged set bucket = 0, activity_id = 0, profile_id = 0, messages = 0;
-- What is clicked meanwhile is judged by today's rules anyway, so the mark is no concern of the inbox.
-- Locks: creates. Time at 10 M rows: none. The old version may run on it: no, it would judge by its own rules behind the mark.
-- Corrected once, for a cluster; applied before as 04c35105ea12915986bd39af8ba21e28e18fc2545c85985aeb0b2f3c3e113f92.

create table clicks_judged (
  id int primary key check (id = 1),
  -- all clicks of messages up to this one are judged; bucket 256: all of them
  bucket int not null check (bucket between 0 and 256),
  activity_id bigint not null,
  profile_id bigint not null,
  -- how many messages with clicks were looked at so far
  messages bigint not null
);
select place('clicks_judged', 'L');

insert into clicks_judged (id, bucket, activity_id, profile_id, messages) values (1, 256, 0, 0, 0);
update clicks_judged set bucket = 0 where exists (select 1 from clicks);
