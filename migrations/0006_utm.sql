-- What the addresses of an activity's links get added, so that the site they lead to can tell where a visitor came from: kept
-- with the draft. '' stands for the default; what was added is in the version and in the links from scheduling on.
-- Locks: ACCESS EXCLUSIVE on activities for a moment (the default is constant: no rewrite). Time at 10 M rows: none.
-- The old version may run on it.

alter table activities add column utm jsonb not null default '{"on":true,"source":"","medium":"","name":""}';
