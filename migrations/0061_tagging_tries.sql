-- How often a step of a change of tags has failed in a row, so that one that fails each time is given up. An exclusive lock on taggings, which are
-- few, for a moment. The version before may run on it.
alter table taggings add column tries integer not null default 0;
