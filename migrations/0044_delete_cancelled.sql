-- A cancelled activity that never started can be deleted as a draft is. An exclusive lock on activities for a look at its rows, which are few.
-- The version before may run on it: it deletes drafts only.
alter table activities drop constraint activities_deleted,
  add constraint activities_deleted check (deleted_at is null or state in ('draft', 'cancelled'));
