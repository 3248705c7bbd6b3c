-- A gateway can be paused, and the name of a removed one is free again: its row stays for receipts and reports.
-- Locks: gateways, exclusively, for a look at its rows, which are few. The version before may run on it: it ignores the pause, and
-- offers the simulator to no new workspace.
alter table gateways add column paused_at timestamptz;
alter table gateways drop constraint gateways_workspace_id_name_key;
create unique index gateways_name on gateways (workspace_id, name) where removed_at is null;
