-- Receipts match by the gateway's id whatever its zeros and case: answers are found by the key of the id (server/receipts/provider-ids.ts),
-- in one index of the same size as the one it replaces. A gateway can be resumed: resumed_at tells its sessions to begin again.
-- id_mode was never read.
-- Locks: answers and test_facts against writing while their index is built. Time at 10 M answers: about half a minute.
-- The old version may run on it: it must not, its look-ups would read all answers.

create index answers_key on answers (lower(ltrim(provider_id, '0') collate "C"));
drop index answers_provider;
create index test_facts_key on test_facts (lower(ltrim(provider_id, '0') collate "C"));
drop index test_facts_provider;
analyze answers;
alter table gateways drop column id_mode;
alter table gateways add column resumed_at timestamptz;
