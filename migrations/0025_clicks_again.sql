-- Two rules for clicks have changed (docs/clicks.md): a crowd at one address needs ten profiles within ten seconds or twenty within a minute,
-- where it needed five within a minute; and a receipt without the gateway's dates makes no earlier click suspect. Old clicks are judged
-- again in the background after the upgrade. What was kept of erased people no longer tells, so their verdicts stay.
-- Locks: the rows that it changes. Time at 10 M rows: one reading of clicks, seconds. The old version may run on it: yes, it judges by its
-- own rules.
-- Corrected once, for a cluster; applied before as 3e6ec7d909a4cdd787b0593d347898c5d20e64a820e4737a249f832779c19a07.
update clicks set crowd = false where crowd and address_hash is not null;
update clicks_judged set bucket = 0, activity_id = 0, profile_id = 0, messages = 0 where exists (select 1 from clicks);
