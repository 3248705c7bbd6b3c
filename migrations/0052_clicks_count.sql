-- Which clicks count? A person's click that is no second tap within 10 seconds (core/clicks/verdict.ts), so that segments can count clicks as
-- the report does. Null: stored before this, and not looked at since; then each click of a person counts. The clicks that are there are looked
-- at in the background after the upgrade, in batches: the mark of 0014 goes back to the beginning.
-- Locks: clicks, exclusively, for a moment. Time at 10 M rows: none. The old version may run on it: no, it would leave null behind the mark.
alter table clicks add column counts boolean;
update clicks_judged set bucket = 0, activity_id = 0, profile_id = 0, messages = 0 where exists (select 1 from clicks);
