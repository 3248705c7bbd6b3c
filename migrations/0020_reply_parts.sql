-- A long reply comes in parts, in any order, over any bind: a part stays here until all are there (or the rest does not come), is then
-- joined and judged as one text. "Stop by the door?" as the second part of a text is no opt-out.
-- Locks: creates. Time at 10 M rows: nothing. The old version may run on it: yes, it judges each part.

create table reply_parts (
  -- the record of the inbox that it came as
  source bigint not null,
  seq bigint not null,
  gateway_id int not null,
  -- the lowest id of the gateways of its account: parts may come down different binds
  account int not null,
  -- as they came
  number text not null,
  ton smallint,
  sender text not null,
  reference int not null,
  total smallint not null,
  part smallint not null,
  -- UTF-16 in hex; empty once the whole is in replies and no repetition is expected any more
  units text not null,
  at timestamptz not null,
  -- real time: the wait for the rest is a time-out
  received_at timestamptz not null,
  -- the record that the reply was made under, null while the rest is waited for
  joined_source bigint,
  joined_seq bigint,
  primary key (source, seq)
);
create index reply_parts_whole on reply_parts (account, number, reference, total);
create index reply_parts_open on reply_parts (received_at) where units <> '';
create index reply_parts_joined on reply_parts (joined_source, joined_seq) where joined_source is not null;
select place('reply_parts', 'L');
