-- A reminder is planned with an activity: when, with what text (core/activities/reminder.ts), and what has become of it. When it is due it
-- becomes an activity of its own, `reminder_id`. `reminder_fault`: why that is not possible so far, and since when (business time).
-- Locks: activities, exclusively, for a moment. The version before may run on it: it knows no reminders, and makes none.
alter table activities
  add column reminder jsonb,
  add column reminder_state text check (reminder_state in ('planned', 'made', 'cancelled', 'late')),
  add column reminder_id bigint references activities (id) on delete set null,
  add column reminder_fault text,
  add column reminder_fault_at timestamptz,
  add constraint activities_reminder check ((reminder is null) = (reminder_state is null));
create index activities_reminders on activities (id) where reminder_state = 'planned' and frozen_at is not null;
create index activities_reminder_faults on activities (id) where reminder_fault is not null;
