/** The frame of every page: navigation at the left (behind a button on a phone), workspace, colour scheme, account. */
import { AppShell, Burger, Group, Stack, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconFileImport, IconMessage2, IconSettings, IconUsers, IconUsersGroup } from '@tabler/icons-react'
import { Outlet, useLocation } from '@tanstack/react-router'
import { useEffect } from 'react'
import { paths } from '../paths.ts'
import { NavigationLink } from '../ui/links.tsx'
import { AccountMenu } from './AccountMenu.tsx'
import { Alarms } from './Alarms.tsx'
import { Held } from './Held.tsx'
import { useWorkspace } from './me.ts'
import { SchemeToggle } from './SchemeToggle.tsx'
import classes from './Shell.module.css'
import { WorkspaceSwitcher } from './WorkspaceSwitcher.tsx'

export function Shell() {
  const workspace = useWorkspace()
  const [opened, { toggle, close }] = useDisclosure()
  const pathname = useLocation({ select: location => location.pathname })
  // biome-ignore lint/correctness/useExhaustiveDependencies: closes when the page changes
  useEffect(close, [pathname])
  return (
    <AppShell
      header={{ height: { base: 52, sm: 0 } }}
      navbar={{ width: 228, breakpoint: 'sm', collapsed: { mobile: !opened } }}
      layout="alt"
      classNames={{ header: classes.header, main: classes.main, navbar: classes.navbar }}
    >
      <a href="#main" className={classes.skip}>
        Skip to content
      </a>
      <AppShell.Header hiddenFrom="sm">
        <Group h="100%" px="md" gap="sm">
          <Burger
            opened={opened}
            onClick={toggle}
            size="sm"
            aria-label={opened ? 'Close navigation' : 'Open navigation'}
          />
          <Mark />
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="sm" aria-label="Main">
        <Stack gap="md" h="100%">
          <Group justify="space-between" px={6} pt={4}>
            <Mark />
            <Burger hiddenFrom="sm" opened onClick={close} size="sm" aria-label="Close navigation" />
          </Group>
          <WorkspaceSwitcher />
          <Stack gap={2} className={classes.links}>
            <NavigationLink
              {...paths.sms(workspace.id)}
              label="SMS"
              leftSection={<IconMessage2 size={18} aria-hidden />}
              {...mark(pathname, 'sms')}
            />
            <NavigationLink
              {...paths.profiles(workspace.id)}
              label="Profiles"
              leftSection={<IconUsers size={18} aria-hidden />}
              {...mark(pathname, 'profiles')}
            />
            <NavigationLink
              {...paths.segments(workspace.id)}
              label="Segments"
              leftSection={<IconUsersGroup size={18} aria-hidden />}
              {...mark(pathname, 'segments')}
            />
            <NavigationLink
              {...paths.imports(workspace.id)}
              label="Imports"
              leftSection={<IconFileImport size={18} aria-hidden />}
              {...mark(pathname, 'imports')}
            />
            <NavigationLink
              {...paths.gateways(workspace.id)}
              label="Settings"
              leftSection={<IconSettings size={18} aria-hidden />}
              {...mark(pathname, 'settings')}
            />
          </Stack>
          <Group mt="auto" justify="space-between" wrap="nowrap">
            <AccountMenu />
            <SchemeToggle />
          </Group>
        </Stack>
      </AppShell.Navbar>
      <AppShell.Main id="main" tabIndex={-1}>
        <Held />
        <Alarms />
        <Outlet />
      </AppShell.Main>
    </AppShell>
  )
}

/** Marks the section on all of its pages, not only on the page that the link names. */
function mark(pathname: string, section: string) {
  const active = pathname.split('/')[3] === section
  return { active, 'aria-current': active ? ('page' as const) : undefined }
}

function Mark() {
  return (
    <Group gap={8} wrap="nowrap">
      <img src="/icon.svg" width={24} height={24} alt="" />
      <Text fw={650} size="md" style={{ letterSpacing: '-0.01em' }}>
        Homing
      </Text>
    </Group>
  )
}
