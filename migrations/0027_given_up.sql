-- Receipts that were given up are listed and tried again by the name of their state.
-- Locks: the rows that it changes. Time at 10 M rows of inbox: none; a row per receipt that was given up. The old version may run on it: yes.

update waiting set settled = 'given_up' where settled = 'given up';
