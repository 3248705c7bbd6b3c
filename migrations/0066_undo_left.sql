-- An undo of a change of tags leaves some profiles as they are: locked ones, those that would have too many tags, and those for whom a later change that
-- was undone before is not undone yet. They are counted, and the undo can be asked for again. Columns with a constant default of a small table: a lock for an
-- instant, no time at 10 M profiles. The version before may run on it.
alter table taggings add column undo_locked bigint not null default 0, add column undo_full bigint not null default 0, add column undo_later bigint not null default 0;
