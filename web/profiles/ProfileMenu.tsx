/** Actions on a profile: edit, consent, opt out, export personal data, lock, erase. A disabled action says why. */
import { Button, Menu } from '@mantine/core'
import {
  IconBellOff,
  IconChevronDown,
  IconCircleCheck,
  IconDownload,
  IconLock,
  IconLockOpen,
  IconPencil,
  IconTrash,
} from '@tabler/icons-react'
import { useState } from 'react'
import { downloads } from '../paths.ts'
import { ActItem, useMay } from '../shell/may.tsx'
import { useWorkspace } from '../shell/me.ts'
import { notifyDone, notifyProblem } from '../ui/ErrorState.tsx'
import { ByHandDialog } from './ByHandDialog.tsx'
import { EraseDialog } from './EraseDialog.tsx'
import { ProfileFormDialog } from './ProfileForm.tsx'
import { nameOf, type Profile, useProfileActs } from './queries.ts'
import { ReasonDialog } from './ReasonDialog.tsx'

export function ProfileMenu({ profile }: { profile: Profile }) {
  const workspace = useWorkspace()
  const acts = useProfileActs(workspace.id, profile.profileId)
  const [asking, setAsking] = useState<'lock' | 'erase' | 'edit' | 'opt-out' | 'consent' | null>(null)
  const locked = profile.lockedReason !== null
  const may = useMay()
  const whyLocked = locked ? 'Unlock the profile first.' : null
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
          {!profile.erasedAt && (
            <>
              <ActItem
                icon={<IconPencil size={16} aria-hidden />}
                operation="changeProfile"
                why={whyLocked}
                onClick={() => setAsking('edit')}
              >
                Edit…
              </ActItem>
              <ActItem
                icon={<IconCircleCheck size={16} aria-hidden />}
                operation="addConsent"
                why={whyLocked}
                onClick={() => setAsking('consent')}
              >
                Add consent…
              </ActItem>
              <ActItem
                icon={<IconBellOff size={16} aria-hidden />}
                operation="addOptOut"
                why={profile.phone === null ? 'The profile has no valid number.' : null}
                onClick={() => setAsking('opt-out')}
              >
                Opt out…
              </ActItem>
              <Menu.Divider />
            </>
          )}
          {may('exportKnown') ? (
            <Menu.Item
              component="a"
              href={downloads.known(workspace.id, profile.profileId)}
              download
              leftSection={<IconDownload size={16} aria-hidden />}
            >
              Export personal data
            </Menu.Item>
          ) : (
            <ActItem icon={<IconDownload size={16} aria-hidden />} operation="exportKnown">
              Export personal data
            </ActItem>
          )}
          {!profile.erasedAt && (
            <>
              <ActItem
                icon={locked ? <IconLockOpen size={16} aria-hidden /> : <IconLock size={16} aria-hidden />}
                operation={locked ? 'unlockProfile' : 'lockProfile'}
                onClick={() =>
                  locked
                    ? acts.unlock.mutateAsync().then(() => notifyDone('Profile unlocked.'), notifyProblem)
                    : setAsking('lock')
                }
              >
                {locked ? 'Unlock' : 'Lock…'}
              </ActItem>
              <Menu.Divider />
              <ActItem
                icon={<IconTrash size={16} aria-hidden />}
                operation="eraseProfile"
                why={whyLocked}
                red
                onClick={() => setAsking('erase')}
              >
                Erase…
              </ActItem>
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
      <ProfileFormDialog
        opened={asking === 'edit'}
        profile={profile}
        onClose={close}
        onSave={change =>
          acts.change.mutateAsync({ updatedAt: profile.updatedAt, change }).then(() => notifyDone('Profile saved.'))
        }
      />
      <ByHandDialog
        opened={asking === 'opt-out'}
        kind="opt-out"
        note={profile.phoneShared ? 'Other profiles have this number too.' : ''}
        onClose={close}
        onSave={said => acts.optOut.mutateAsync(said).then(() => notifyDone('Opted out.'))}
      />
      <ByHandDialog
        opened={asking === 'consent'}
        kind="consent"
        onClose={close}
        onSave={said => acts.consent.mutateAsync(said).then(() => notifyDone('Consent added.'))}
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
