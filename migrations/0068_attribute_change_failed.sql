-- A change of an attribute's type that fails in each try is given up and says why, as a change of tags does. An exclusive lock on attribute_changes,
-- which are few, for a moment. The version before may run on it, but for a change that has failed: it shows no state for it.
alter table attribute_changes
  add column tries integer not null default 0,
  add column problem jsonb,
  drop constraint attribute_changes_state_check,
  add constraint attribute_changes_state_check check (state in ('running', 'done', 'failed', 'undoing', 'undone'));
