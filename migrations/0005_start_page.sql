-- A deleted draft can be brought back for a day; an alarm says what to do, and shows itself only when it has held for a while.
-- Locks: ACCESS EXCLUSIVE on activities and alarms, a moment each (new columns without a rewrite; the check looks at a few
-- thousand activities). Time at 10 M messages: milliseconds. The old version may run on it: no, it would show deleted drafts.

-- Business time. Everything but the restore and the sweep treats a deleted one as not there. Only drafts are deleted.
alter table activities add column deleted_at timestamptz,
  add constraint activities_deleted check (deleted_at is null or state = 'draft');

create index activities_gone on activities (deleted_at) where deleted_at is not null;

alter table alarms
  -- what to do, for whoever sees it
  add column mend text not null default '',
  -- the same in an operator's words
  add column detail text not null default '',
  -- real time: what stops before then was a hiccup, and is not shown
  add column shown_at timestamptz not null default '-infinity';
