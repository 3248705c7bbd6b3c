-- A start that fails is tried again later and later, and given up: how often it was tried since a person last asked for it, and when it is tried
-- again (real time). Kept here, so that a restart of the worker does not forget it.
-- Locks: activities for a moment. At 10 M rows: no time. The old version may run on it: yes, it tries twice a second.
create index activities_failed on activities (id) where state = 'failed';
alter table activities add column start_tries int not null default 0, add column start_again_at timestamptz;
