/** The number: its kind, whether it can get an SMS and if not, why, its opt-outs, and its suppressions. */
import { Button, Stack, Text } from '@mantine/core'
import { IconCircleCheck, IconCircleX, IconLockOpen } from '@tabler/icons-react'
import { type ReactNode, useState } from 'react'
import { describeNotSent } from '../../core/audience/not-sent-reasons.ts'
import { channels } from '../../core/channels.ts'
import { countryName } from '../../core/country-names.ts'
import { type PhoneType, phoneFaults } from '../../core/phone.ts'
import { paths } from '../paths.ts'
import { useMay } from '../shell/may.tsx'
import { useWorkspace } from '../shell/me.ts'
import { notifyDone } from '../ui/ErrorState.tsx'
import { Facts } from '../ui/Facts.tsx'
import { TextLink } from '../ui/links.tsx'
import { none } from '../ui/numbers.ts'
import { Panel } from '../ui/Panel.tsx'
import { StatusBadge } from '../ui/StatusBadge.tsx'
import { barredLooks, type StatusLook } from '../ui/status.ts'
import { Time } from '../ui/Time.tsx'
import { noted } from './Details.tsx'
import classes from './Profile.module.css'
import { type ProfileView, useProfileActs } from './queries.ts'
import { ReasonDialog } from './ReasonDialog.tsx'
import { optOutHow } from './words.ts'

const can: StatusLook = { label: 'Can get SMS', color: 'teal', Icon: IconCircleCheck }
const cannot: StatusLook = { label: 'Cannot get SMS', color: 'red', Icon: IconCircleX }
const opened: StatusLook = { label: 'Released', color: 'gray', Icon: IconLockOpen }

const phoneTypes: Partial<Record<PhoneType, string>> = {
  mobile: 'Mobile',
  fixed_or_mobile: 'Mobile or landline',
  fixed: 'Landline',
  voip: 'VoIP',
  personal: 'Personal number',
  pager: 'Pager',
  uan: 'Company number',
  premium: 'Premium rate',
  shared_cost: 'Shared cost',
  toll_free: 'Toll-free',
  voicemail: 'Voicemail',
}

const { closesAfter } = channels.sms

type Asking = { kind: 'opt-out' | 'suppression'; at: number; what: string }

export function NumberPanel({ view }: { view: ProfileView }) {
  const { profile, blockers } = view
  const optOuts = view.optOuts.filter(one => one.channel === 'sms')
  const suppressions = view.suppressions.filter(one => one.channel === 'sms')
  const workspace = useWorkspace()
  const may = useMay()
  const acts = useProfileActs(workspace.id, profile.profileId)
  const [asking, setAsking] = useState<Asking | null>(null)
  const shared = profile.phoneShared ? ' Other profiles have this number too. This applies to all of them.' : ''
  const done = () => notifyDone('Released. Your name is recorded in the audit log.')
  return (
    <Panel title="Number" aside={<StatusBadge look={blockers.length === 0 ? can : cannot} />}>
      <Stack gap="md">
        {blockers.map(key => (
          <Text key={key} size="sm" className={classes.note}>
            {key === 'opted_out' ? 'This number opted out of all SMS.' : describeNotSent(key, 'sms')}
          </Text>
        ))}
        <Facts
          facts={[
            ['Phone', <PhoneNumber key="phone" profile={profile} />],
            ['Country', profile.country ? countryName(profile.country) : none],
            ['Kind', Object.entries(phoneTypes).find(([type]) => type === profile.phoneType)?.[1] ?? none],
            profile.phoneShared && ['Shared', 'Other profiles have this number too.'],
          ]}
        />
        {suppressions.map(one => (
          <Entry
            key={`closed ${one.id}`}
            look={one.releasedAt ? opened : barredLooks.closed}
            release={
              !one.releasedAt && may('releaseSuppression')
                ? () => setAsking({ kind: 'suppression', at: one.id, what: 'the closed number' })
                : undefined
            }
          >
            Closed {one.reason === 'by_hand' ? 'by hand' : `after ${closesAfter} hard bounces`}, <Time at={one.at} />
            {one.bounces.length > 0 && (
              <ul className={classes.evidence}>
                {one.bounces.map(({ activityId, activity, at }) => (
                  <li key={`${activityId} ${at}`}>
                    <TextLink
                      {...paths.report(workspace.id, activityId)}
                      inherit
                      underline="always"
                      className="wrap-anywhere"
                    >
                      {activity}
                    </TextLink>
                    , <Time at={at} exact />
                  </li>
                ))}
              </ul>
            )}
            <Released {...one} />
          </Entry>
        ))}
        {optOuts.map(one => (
          <Entry
            key={`opt-out ${one.id}`}
            look={one.releasedAt ? opened : barredLooks.optedOut}
            release={
              !one.releasedAt && may('releaseOptOut')
                ? () => setAsking({ kind: 'opt-out', at: one.id, what: one.topic ?? 'everything' })
                : undefined
            }
          >
            Opted out of {one.topic === null ? 'everything' : <b>{one.topic}</b>} {optOutHow(one)}, <Time at={one.at} />
            {one.activity && (
              <>
                {' '}
                on{' '}
                <TextLink
                  {...paths.report(workspace.id, one.activity.id)}
                  inherit
                  underline="always"
                  className="wrap-anywhere"
                >
                  {one.activity.name}
                </TextLink>
              </>
            )}
            <Released {...one} />
          </Entry>
        ))}
      </Stack>
      <ReasonDialog
        opened={asking?.kind === 'opt-out'}
        title="Release this opt-out?"
        words={`The person opted out of ${asking?.what ?? ''}. Release the opt-out only if they have opted in again since. State where and when.${shared}`}
        act="Release"
        label="Where and when the person opted in again"
        placeholder="Signed up in the shop on 3 May, form 1234"
        onClose={() => setAsking(null)}
        onConfirm={reason => acts.releaseOptOut.mutateAsync({ at: asking?.at ?? 0, reason }).then(done)}
      />
      <ReasonDialog
        opened={asking?.kind === 'suppression'}
        title="Reopen this number?"
        words={`The number can get SMS again. ${closesAfter} more hard bounces close it again.${shared}`}
        act="Reopen number"
        label="Reason"
        placeholder="The person confirmed the number"
        onClose={() => setAsking(null)}
        onConfirm={reason => acts.releaseSuppression.mutateAsync({ at: asking?.at ?? 0, reason }).then(done)}
      />
    </Panel>
  )
}

function PhoneNumber({ profile }: { profile: ProfileView['profile'] }) {
  if (profile.phone !== null) return <span className="figures">{profile.phone}</span>
  return profile.phoneGiven === null ? none : noted(profile.phoneGiven, phoneFaults[profile.phoneFault ?? 'not_valid'])
}

function Entry({
  look,
  release,
  children,
}: {
  look: StatusLook
  release: (() => void) | undefined
  children: ReactNode
}) {
  return (
    <div className={classes.entry}>
      <div className={classes.head}>
        <Text size="sm" component="div" fw={500}>
          <StatusBadge look={look} />
        </Text>
        {release && (
          <Button size="compact-xs" variant="default" onClick={release}>
            Release…
          </Button>
        )}
      </div>
      <Text size="sm" c="dimmed" component="div" className="wrap-anywhere">
        {children}
      </Text>
    </div>
  )
}

function Released({
  releasedAt,
  releasedBy,
  releaseReason,
}: {
  releasedAt: string | null
  releasedBy: string | null
  releaseReason: string | null
}) {
  if (releasedAt === null) return null
  const by =
    releasedBy === 'person'
      ? "by the person's own opt-in"
      : releasedBy === 'delivery'
        ? 'by an SMS that was delivered'
        : `by ${releasedBy ?? 'someone'}`
  return (
    <div>
      Released {by}, <Time at={releasedAt} />
      {releaseReason && (
        <>
          : <bdi>{releaseReason}</bdi>
        </>
      )}
    </div>
  )
}
