-- Why: what reaches a gateway differs by its kind (host, port and user for SMPP; an address and a key for an HTTP API): `settings` holds it, checked
-- by the schema of the kind (server/gateways/settings.ts). `account` is the account at the provider in one text, written by the same file: what
-- a provider delivers is matched over all gateways of one account. A kind or settings that this version cannot read are no error of the database.
-- Locks: a moment on gateways, which have few rows. At 10 M messages: the same. The old version may run on it: no, it reads other columns.

alter table gateways add column settings jsonb, add column account text;

update gateways set settings = jsonb_build_object('host', host, 'port', port, 'systemId', system_id),
  account = 'smpp:' || system_id || '@' || host || ':' || port;

alter table gateways alter column settings set not null, drop column host, drop column port, drop column system_id,
  drop constraint gateways_kind_check;

create index gateways_account on gateways (account);
