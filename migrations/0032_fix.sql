-- The advice of an error is called `fix` everywhere: in the API, in alarms, in what is kept of a failed import or export.
-- Locks: alarms for a moment; the rows of failed imports and exports. Under a second at 10 M profiles. The old version cannot run on it.
alter table alarms rename column mend to fix;
update imports set problem = (problem - 'mend') || jsonb_build_object('fix', problem -> 'mend') where problem ? 'mend';
update exports set problem = (problem - 'mend') || jsonb_build_object('fix', problem -> 'mend') where problem ? 'mend';
