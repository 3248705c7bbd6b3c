-- What a gateway session must say of itself so that nobody frees what it may have sent, or ends it while it lives: the boot of its machine, its
-- process (pid namespace, pid, start), and the mark that its journal carries. Null is of an older version: its journal is not believed, and
-- its lease has to run out. The index finds a dead session's attempts among all that were written since.
-- Locks: attempts against writing while its index is made. Time at 10 M rows: one reading, about 5 s. The old version may run on it: yes.

alter table gateway_sessions add column boot text;
alter table gateway_sessions add column life text;
alter table gateway_sessions add column journal text;
create index attempts_session on attempts using brin (session_id) with (pages_per_range = 32);
