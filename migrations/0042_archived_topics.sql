-- A topic that is not offered any more: its consents and opt-outs stay, scheduled SMS keep it.
-- Locks: topics for a moment. At 10 M rows: no time. The old version may run on it: yes, it offers archived topics.
alter table topics add column archived_at timestamptz;
