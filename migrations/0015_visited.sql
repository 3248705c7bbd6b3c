-- How many profiles' links anybody or anything visited, suspected bots too: of an activity, and of each of its links. Counted once
-- from what was kept, so that old activities add up too.
-- Locks: rows only; nothing may be sent meanwhile (a migration runs before the processes). Time at 10 M messages: seconds, one reading of
-- the index of the visited and one of clicks. The old version may run on it: no, it would not count on.

insert into tallies (bucket, activity_id, figure, n, credits)
select m.bucket, m.activity_id, 'visited', count(*), 0
from messages m where m.first_visit_at is not null group by m.bucket, m.activity_id;

insert into breakdowns (bucket, activity_id, kind, key, figure, n, credits)
select c.bucket, c.activity_id, 'link', c.link_id::text, 'visited', count(distinct c.profile_id), 0
from clicks c group by c.bucket, c.activity_id, c.link_id;
