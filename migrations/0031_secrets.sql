-- Why: passwords of gateways are kept encrypted, with a key that is not in the database (gateways.secret); the database knows only
-- which key it is (installation.secret_key). The first start seals what stands in gateways.password and empties it.
-- Locks: a moment on gateways and installation, which have few rows. At 10 M messages: the same.
-- The old version must not run on it: it would bind with an empty password.
alter table gateways add column secret text, alter column password set default '';
alter table installation add column secret_key text;
