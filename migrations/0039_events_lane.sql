-- A lane for website events, beside those of receipts, replies and visits: a flood of events delays none of them.
-- Locks: one row. Time: none. The old version may run on it: yes, it leaves the lane to the new one.

insert into inbox_lanes (lane) values ('events');
