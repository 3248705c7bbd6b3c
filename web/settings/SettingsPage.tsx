/** The settings of the workspace and of the user's account, one section per page. */
import { Tabs } from '@mantine/core'
import { Outlet, useLocation, useNavigate } from '@tanstack/react-router'
import { paths } from '../paths.ts'
import { useWorkspace } from '../shell/me.ts'
import { intoView } from '../ui/intoView.ts'
import { Page } from '../ui/Page.tsx'

interface Section {
  key: string
  label: string
  path: (workspace: number) => object
  /** only admins may read it */
  admins?: true
}

const sections = [
  { key: 'gateways', label: 'Gateways', path: paths.gateways },
  { key: 'unmatched', label: 'Unmatched', path: paths.unmatched },
  { key: 'topics', label: 'Topics', path: paths.topics },
  { key: 'limits', label: 'Limits', path: paths.limits },
  { key: 'members', label: 'Members', path: paths.members },
  { key: 'api-keys', label: 'API keys', path: paths.apiKeys },
  { key: 'audit', label: 'Audit', path: paths.audit, admins: true },
  { key: 'account', label: 'Account', path: paths.account },
] as const satisfies readonly Section[]

export function SettingsPage() {
  const workspace = useWorkspace()
  const navigate = useNavigate()
  const isAdmin = workspace.role === 'owner' || workspace.role === 'admin'
  const shown = sections.filter(section => isAdmin || !('admins' in section))
  const current = useLocation({ select: location => location.pathname.split('/')[4] ?? 'gateways' })
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
