-- The demo of the first start: which workspace it is made in, and its SMS that waits for the owner's first sign-in. Both null: there is none,
-- or it has begun. A start that was killed continues by them.
-- Locks: installation, one row, for a moment. At 10 M rows: no time. The old version may run on it: yes.
alter table installation add column demo_workspace integer, add column demo_activity bigint;
