-- Hours between two SMS to a person, with which a new draft begins. Null: no limit. An exclusive lock on workspaces for a moment.
alter table workspaces add column frequency_hours int check (frequency_hours between 1 and 8760);

-- What was sent within the hours is found among the activities of a workspace that are over since then, not among all of them. Activities are
-- few: the index is made in a moment.
create index activities_over on activities (workspace_id, finished_at) where swept_at is not null;
