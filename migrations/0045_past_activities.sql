-- The activities that a workspace sent before another, the last ones first. Locks: SHARE on activities while the index is built, a moment for
-- thousands of them. The version before may run on it.
create index activities_sent on activities (workspace_id, frozen_at, id) where state = 'sent';
