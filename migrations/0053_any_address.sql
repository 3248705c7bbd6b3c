-- Names that said "number" where they mean the address of any channel: one message per address, no_address, invalid_address, duplicate_address.
-- Versions of activities keep their documents as they were written; core/former-names.ts reads the former names there and in requests. What a tally
-- counts stays: its row gets the name that its messages get.
-- Locks: installation and activities for a moment; rows only of messages and tallies. Nothing may be sent meanwhile (a migration runs before the
-- processes). Time at 10 M messages: half a minute, if one in twenty is renamed. The old version cannot run on it.

alter table installation rename column number_key to address_key;
alter table installation rename constraint installation_number_key_check to installation_address_key_check;

alter table activities alter column send_to set default '{"topics":[],"duplicates":"one_per_address"}';
update activities set send_to = jsonb_set(send_to, '{duplicates}', '"one_per_address"') where send_to ->> 'duplicates' = 'one_per_number';

update messages set excluded = case excluded when 'no_number' then 'no_address' when 'invalid_number' then 'invalid_address' else 'duplicate_address' end
  where excluded in ('no_number', 'invalid_number', 'duplicate_number');
update messages set stop_reason = case stop_reason when 'no_number' then 'no_address' when 'invalid_number' then 'invalid_address' else 'duplicate_address' end
  where stop_reason in ('no_number', 'invalid_number', 'duplicate_number');
update tallies set figure = case figure when 'not_sent:no_number' then 'not_sent:no_address' when 'not_sent:invalid_number' then 'not_sent:invalid_address'
    else 'not_sent:duplicate_address' end
  where figure in ('not_sent:no_number', 'not_sent:invalid_number', 'not_sent:duplicate_number');

update exports set filters = jsonb_set(filters, '{reason}', to_jsonb(replace(filters ->> 'reason', '_number', '_address')))
  where filters ->> 'reason' in ('no_number', 'invalid_number', 'duplicate_number');

-- Within lists of reasons only: elsewhere the same text may be a value of an attribute.
update segments set definition = regexp_replace(regexp_replace(regexp_replace(definition::text,
    '("reasons": \[[^]]*)"no_number"', '\1"no_address"', 'g'),
    '("reasons": \[[^]]*)"invalid_number"', '\1"invalid_address"', 'g'),
    '("reasons": \[[^]]*)"duplicate_number"', '\1"duplicate_address"', 'g')::jsonb
  where definition::text ~ '"reasons": \[[^]]*"(no|invalid|duplicate)_number"';
