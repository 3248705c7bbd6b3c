-- Why: raw records are deleted 30 days after they came in. A source of which nothing is left must not be looked at again, however many
-- processes there have been; and parts of long replies are found by their age once they are joined.
-- Locks: inbox_sources for a moment (a column with a constant default is written nowhere); writes of reply_parts wait while its index is
-- built. At 10 M records: the same, milliseconds. The old version may run on it; it deletes nothing.
alter table inbox_sources add column emptied boolean not null default false;
create index inbox_sources_kept on inbox_sources (id) where not emptied;
create index reply_parts_done on reply_parts (received_at) where units = '';
