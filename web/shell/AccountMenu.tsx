/** The signed-in user: links to the account and signs out. */
import { Menu, Text, UnstyledButton } from '@mantine/core'
import { IconLogout, IconUserCircle } from '@tabler/icons-react'
import { useSuspenseQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { signOut } from '../api/session.ts'
import { paths } from '../paths.ts'
import { notifyProblem } from '../ui/ErrorState.tsx'
import { meQuery, useWorkspace } from './me.ts'

export function AccountMenu() {
  const { data } = useSuspenseQuery(meQuery)
  const workspace = useWorkspace()
  const leave = () =>
    signOut()
      .then(() => window.location.assign('/sign-in'))
      .catch(notifyProblem)
  return (
    <Menu position="top-start" width={210}>
      <Menu.Target>
        <UnstyledButton
          px={6}
          py={6}
          style={{ minWidth: 0, borderRadius: 6, display: 'flex', gap: 8, alignItems: 'center' }}
        >
          <IconUserCircle size={18} stroke={1.8} aria-hidden style={{ flexShrink: 0 }} />
          <Text size="sm" truncate>
            {data.user.name || data.user.email}
          </Text>
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{data.user.email}</Menu.Label>
        <Menu.Item
          leftSection={<IconUserCircle size={16} aria-hidden />}
          renderRoot={props => <Link {...props} {...paths.account(workspace.id)} />}
        >
          Account
        </Menu.Item>
        <Menu.Item leftSection={<IconLogout size={16} aria-hidden />} onClick={leave}>
          Sign out
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}
