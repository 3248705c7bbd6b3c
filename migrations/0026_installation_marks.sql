-- A database that was restored in place less than an hour ago, or copied on the same machine, was not told from the one that it is a copy of.
-- The installation now remembers what a copy cannot carry: evidence (the running server, machine and address that it was last seen at),
-- the mark (a file in the data folder with the moment of its making), and life, a number that only grows and that the data folder remembers, too.
-- Locks: the one row of installation. Time at 10 M rows: nothing. The old version may run on it: yes, but a newer database is refused.
alter table installation add column evidence json;
alter table installation add column evidence_found json;
alter table installation add column mark text;
alter table installation add column life bigint not null default 0;
