/** The settings of the workspace and of the user's account, one section per page. */
import { Tabs } from '@mantine/core'
import { Outlet, useLocation, useNavigate } from '@tanstack/react-router'
import { paths } from '../paths.ts'
import { type OperationId, useMay } from '../shell/may.tsx'
import { useWorkspace } from '../shell/me.ts'
import { intoView } from '../ui/intoView.ts'
import { Page } from '../ui/Page.tsx'

interface Section {
  key: string
  label: string
  path: (workspace: number) => object
  /** what reads it, where not every member may */
  operation?: OperationId
}

const sections: readonly Section[] = [
  { key: 'general', label: 'General', path: paths.general },
  { key: 'gateways', label: 'Gateways', path: paths.gateways },
  { key: 'unmatched', label: 'Unmatched', path: paths.unmatched, operation: 'listUnmatched' },
  { key: 'topics', label: 'Topics', path: paths.topics },
  { key: 'tags', label: 'Tags', path: paths.tags },
  { key: 'attributes', label: 'Attributes', path: paths.attributes },
  { key: 'website', label: 'Website', path: paths.website },
  { key: 'members', label: 'Members', path: paths.members },
  { key: 'api-keys', label: 'API keys', path: paths.apiKeys, operation: 'listApiKeys' },
  { key: 'audit', label: 'Audit', path: paths.audit, operation: 'listAudit' },
  { key: 'account', label: 'Account', path: paths.account },
]

export function SettingsPage() {
  const workspace = useWorkspace()
  const navigate = useNavigate()
  const may = useMay()
  const shown = sections.filter(({ operation }) => operation === undefined || may(operation))
  const current = useLocation({ select: location => location.pathname.split('/')[4] ?? 'general' })
  return (
    <Page title="Settings" width={960}>
      <Tabs
        value={current}
        onChange={key => {
          const section = sections.find(known => known.key === key)
          if (section) void navigate(section.path(workspace.id))
        }}
      >
        <Tabs.List mb="lg" style={{ flexWrap: 'nowrap', overflowX: 'auto' }}>
          {shown.map(({ key, label }) => (
            <Tabs.Tab key={key} value={key} ref={key === current ? intoView : null}>
              {label}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {sections.map(({ key }) => (
          <Tabs.Panel key={key} value={key}>
            {key === current && <Outlet />}
          </Tabs.Panel>
        ))}
      </Tabs>
    </Page>
  )
}
