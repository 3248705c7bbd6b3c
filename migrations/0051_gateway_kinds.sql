-- Each gateway says its kind: with a default, one that forgot to would be an SMPP gateway with the settings of another kind.
-- Locks: gateways, exclusively, for a moment. The version before may run on it, and offers the simulator to no new workspace.
alter table gateways alter column kind drop default;
