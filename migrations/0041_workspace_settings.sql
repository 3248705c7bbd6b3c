-- The settings of a workspace that were fixed: where its short links begin, who its SMS come from, and who may send. Versions of activities get
-- the currency and the value of a credit that they were scheduled with, so that a later change of the workspace leaves their figures as they are.
-- Locks: workspaces for a moment; one update of activity_versions, a row per activity. At 10 M profiles: under a second. The old version may
-- run on it: yes, it knows no link domain and reads no currency from a version.
alter table workspaces
  add column link_domain text,
  add column default_sender text not null default '',
  add column send_role text not null default 'editor' check (send_role in ('owner', 'admin', 'editor'));

-- Every address at which short links of a workspace were ever: an SMS that was sent keeps its domain.
create table link_domains (
  domain text primary key,
  workspace_id int not null references workspaces on delete cascade,
  created_at timestamptz not null
);

select place('link_domains', 'L');

update activity_versions v
  set settings = v.settings || jsonb_build_object('currency', w.currency, 'creditValue', w.credit_value::text)
  from activities a join workspaces w on w.id = a.workspace_id
  where a.id = v.activity_id and not v.settings ? 'currency';
