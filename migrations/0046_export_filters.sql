-- An export takes the filters of the list that it is of. The text of a search is not stored, because it may be somebody's name or number; nobody
-- knows the number of its rows before they are written. An exclusive lock on exports for a moment. The version before may run on it.
alter table exports add column filters jsonb not null default '{}',
  alter column rows_expected drop not null;
