-- A person who asks for it is forgotten: their profile stays as a key without anything personal. What their number has said
-- no to must hold when the number comes back, so its opt-outs and closings keep a keyed hash of it instead of the number.
-- Locks: writes to profiles, opt_outs, suppressions and replies wait. Time at 10 M rows: seconds (an index on replies). The old
-- version may run on it: yes, it knows none of this.

alter table profiles add column erased_at timestamptz;

-- The few that an import must leave alone.
create index profiles_locked on profiles (workspace_id, profile_id) where locked_reason is not null;

-- The key of the hashes. Two random UUIDs: 244 bits of chance.
alter table installation add column number_key bytea not null
  default decode(replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), 'hex') check (length(number_key) = 32);

-- Set where the number was erased; its own column then says 'erased'.
alter table opt_outs add column sealed_phone text;
create index opt_outs_sealed on opt_outs (workspace_id, sealed_phone) where sealed_phone is not null;
alter table suppressions add column sealed_address text;
create index suppressions_sealed on suppressions (workspace_id, sealed_address) where sealed_address is not null;

-- Everything that a number has answered, also before it had a profile.
create index replies_phone on replies (workspace_id, phone);
