-- Finds the activities that are paused with a reason, for an alarm: without it each round of the alarms reads every activity that ever was.
-- Locks: writes to activities while it is built. Time: under a second, as there are few activities. The old version may run on it: yes.

create index activities_paused on activities (id) where state = 'paused' and state_detail is not null;
