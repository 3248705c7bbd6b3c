-- Why: the alarm "the gateway refuses messages of an activity" is told for a day after the activity has ended; it is looked for
-- every two seconds, and its cost must not grow with the number of activities that ever were.
-- Locks: writes of activities wait while the index is built: milliseconds for thousands of activities; messages are not touched.
-- At 10 M messages: the same. The old version may run on it.
create index activities_finished on activities (finished_at) where finished_at is not null;
