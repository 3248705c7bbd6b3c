-- How many parts an SMS of a workspace may have. Which parts of a message are still to be sent is kept in the bits of an integer, so there must
-- be a limit; many gateways and phones take no more than ten.
-- Locks: workspaces for a moment. At 10 M rows: no time. The old version may run on it: yes, it knows no limit.
alter table workspaces add column max_parts int not null default 10 check (max_parts between 1 and 20);
