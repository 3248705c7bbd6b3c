-- Keeps the written form of an attribute's value ("1 225,50", "2026-12-03 14:30") beside its typed value, and adds the type datetime.
-- Values of today have no written form: they are shown as before. Locks: profiles and attributes for milliseconds, as the default is a
-- constant. Time: does not depend on the number of rows. The old version may run on it: yes; what it writes has no written form.

alter table profiles add column written jsonb not null default '{}';
alter table attributes drop constraint attributes_type_check, add constraint attributes_type_check check (type in ('text', 'number', 'date', 'datetime'));
