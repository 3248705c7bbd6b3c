-- Who was not sent is listed by reason, and often a few among a million: without an index, the list reads all messages. Set at
-- the freeze or by a stop, and no column of a status, so that the updates of a sending still touch no index.
-- Locks: messages are not written meanwhile. At 10 M rows: some 5 s, and an entry for each message that was not sent. The old
-- version may run on it: yes.
create index messages_left_out on messages (activity_id, (coalesce(excluded, stop_reason)), bucket, profile_id)
  where coalesce(excluded, stop_reason) is not null;
