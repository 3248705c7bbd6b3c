/** Switches between workspaces and creates new ones. */
import { Menu, Text, UnstyledButton } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconCheck, IconPlus, IconSelector } from '@tabler/icons-react'
import { useSuspenseQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { paths } from '../paths.ts'
import { meQuery, useWorkspace } from './me.ts'
import { NewWorkspace } from './NewWorkspace.tsx'
import classes from './WorkspaceSwitcher.module.css'

export function WorkspaceSwitcher() {
  const { data } = useSuspenseQuery(meQuery)
  const current = useWorkspace()
  const [asking, { open, close }] = useDisclosure()
  return (
    <>
      <Menu width="target" position="bottom-start">
        <Menu.Target>
          <UnstyledButton className={classes.button} aria-label={`Workspace: ${current.name}. Change`}>
            <Text size="sm" fw={500} truncate>
              {current.name}
            </Text>
            <IconSelector size={16} aria-hidden style={{ flexShrink: 0 }} />
          </UnstyledButton>
        </Menu.Target>
        <Menu.Dropdown>
          {data.workspaces.map(({ id, name }) => (
            <Menu.Item
              key={id}
              renderRoot={props => <Link {...props} {...paths.sms(id)} />}
              rightSection={id === current.id ? <IconCheck size={16} aria-label="selected" /> : null}
            >
              {name}
            </Menu.Item>
          ))}
          {data.user.installationOwner && (
            <>
              <Menu.Divider />
              <Menu.Item leftSection={<IconPlus size={16} aria-hidden />} onClick={open}>
                New workspace
              </Menu.Item>
            </>
          )}
        </Menu.Dropdown>
      </Menu>
      <NewWorkspace opened={asking} onClose={close} />
    </>
  )
}
