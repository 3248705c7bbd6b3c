-- A gateway carries the messages of one channel: that of its kind. Activities of another channel are not sent over it.
-- Locks: gateways, exclusively, for a moment. The version before may run on it: it adds gateways for SMS only.
alter table gateways add column channel text not null default 'sms';
