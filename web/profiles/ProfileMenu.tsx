/** Actions on a profile: export personal data, lock, erase. A disabled action says why. */
import { Button, Menu } from '@mantine/core'
import { IconChevronDown, IconDownload, IconLock, IconLockOpen, IconTrash } from '@tabler/icons-react'
import { useState } from 'react'
import { downloads } from '../paths.ts'
import { useWorkspace } from '../shell/me.ts'
import { notifyDone, notifyProblem } from '../ui/ErrorState.tsx'
import { EraseDialog } from './EraseDialog.tsx'
import { nameOf, type Profile, useProfileActs } from './queries.ts'
import { ReasonDialog } from './ReasonDialog.tsx'
import { mayChange, mayRelease } from './rights.ts'

export function ProfileMenu({ profile }: { profile: Profile }) {
  const workspace = useWorkspace()
  const acts = useProfileActs(workspace.id, profile.profileId)
  const [asking, setAsking] = useState<'lock' | 'erase' | null>(null)
  const locked = profile.lockedReason !== null
  const admin = mayRelease(workspace.role)
  const whyNoErase = !admin ? 'Requires the role admin.' : locked ? 'Unlock the profile first.' : null
  const close = () => setAsking(null)
  return (
    <>
      <Menu position="bottom-end" withinPortal={false} withInitialFocusPlaceholder={false}>
        <Menu.Target>
          <Button variant="default" rightSection={<IconChevronDown size={16} aria-hidden />}>
            Actions
          </Button>
        </Menu.Target>
        <Menu.Dropdown maw={300}>
          {admin ? (
            <Menu.Item
              component="a"
              href={downloads.known(workspace.id, profile.profileId)}
              download
              leftSection={<IconDownload size={16} aria-hidden />}
            >
              Export personal data
            </Menu.Item>
          ) : (
            <Item icon={<IconDownload size={16} aria-hidden />} why="Requires the role admin.">
              Export personal data
            </Item>
          )}
          {!profile.erasedAt && (
            <>
              <Item
                icon={locked ? <IconLockOpen size={16} aria-hidden /> : <IconLock size={16} aria-hidden />}
                why={mayChange(workspace.role) ? null : 'Requires the role editor.'}
                onClick={() =>
                  locked
                    ? acts.unlock.mutateAsync().then(() => notifyDone('Profile unlocked.'), notifyProblem)
                    : setAsking('lock')
                }
              >
                {locked ? 'Unlock' : 'Lock…'}
              </Item>
              <Menu.Divider />
              <Item icon={<IconTrash size={16} aria-hidden />} why={whyNoErase} red onClick={() => setAsking('erase')}>
                Erase…
              </Item>
            </>
          )}
        </Menu.Dropdown>
      </Menu>
      <ReasonDialog
        opened={asking === 'lock'}
        title="Lock this profile?"
        words="Imports, the API and an erase cannot change a locked profile. It still gets SMS."
        act="Lock"
        label="Reason"
        placeholder="Keep unchanged until the dispute is settled"
        onClose={close}
        onConfirm={reason => acts.lock.mutateAsync(reason)}
      />
      <EraseDialog
        name={nameOf(profile)}
        opened={asking === 'erase'}
        onClose={close}
        onConfirm={() => acts.erase.mutateAsync()}
      />
    </>
  )
}

interface ItemProps {
  icon: React.ReactNode
  /** Why the action is disabled; null: it is enabled. */
  why: string | null
  red?: boolean
  onClick?: () => void
  children: string
}

function Item({ icon, why, red = false, onClick, children }: ItemProps) {
  return (
    <Menu.Item
      leftSection={icon}
      {...(red && !why && { color: 'red' })}
      {...(why && { 'aria-disabled': true, c: 'dimmed', closeMenuOnClick: false })}
      onClick={why ? undefined : onClick}
    >
      {children}
      {why && <div style={{ fontSize: 'var(--mantine-font-size-xs)' }}>{why}</div>}
    </Menu.Item>
  )
}
