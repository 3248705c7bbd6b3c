-- What a person looked at when the activity was scheduled: the lists show it until the audience is frozen. Null: it was not counted then.
-- An exclusive lock on activity_versions for a moment. The version before may run on it: it writes no estimate.
alter table activity_versions add column estimated_people bigint, add column estimated_credits numeric(14, 4);
