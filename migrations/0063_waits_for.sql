-- What a failed activity waits for, where it starts automatically once that is corrected: something that the segments of its Send to use is missing. A column
-- without a default: a lock for an instant, no time at 10 M rows. The version before may run on it.
alter table activities add column waits_for text check (waits_for in ('segment'));
