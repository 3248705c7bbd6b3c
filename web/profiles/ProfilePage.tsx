/** The Profile View: who this is, what they have said yes and no to, and what came of each SMS. */
import { Button, Grid, Skeleton, Stack, Text } from '@mantine/core'
import { IconArrowLeft } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi, useCanGoBack, useRouter } from '@tanstack/react-router'
import type { PhoneType } from '../../core/phone.ts'
import { paths } from '../paths.ts'
import { useWorkspace } from '../shell/me.ts'
import { ErrorState } from '../ui/ErrorState.tsx'
import { Facts } from '../ui/Facts.tsx'
import { ButtonLink } from '../ui/links.tsx'
import { none } from '../ui/numbers.ts'
import { Page } from '../ui/Page.tsx'
import { Panel } from '../ui/Panel.tsx'
import { Time } from '../ui/Time.tsx'
import { Consents } from './Consents.tsx'
import { Messages } from './Messages.tsx'
import { nameOf, type ProfileView, profileQuery } from './queries.ts'

const route = getRouteApi('/w/$workspace/profiles/$profile')

export function ProfilePage() {
  const workspace = useWorkspace()
  const id = Number(route.useParams().profile)
  const profile = useQuery(profileQuery(workspace.id, id))
  if (profile.error && !profile.data) {
    return (
      <Page title="Profile" back={<Back />}>
        <ErrorState error={profile.error} onRetry={profile.refetch} />
      </Page>
    )
  }
  const view = profile.data
  return (
    <Page
      title={view ? nameOf(view.profile) : 'Profile'}
      back={<Back />}
      description={view?.profile.phone ?? undefined}
    >
      <Grid gap="lg">
        <Grid.Col span={{ base: 12, md: 4.5 }}>
          <Stack gap="lg">{view ? <Details view={view} /> : <Skeleton height={320} />}</Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 7.5 }}>
          {view ? <Messages messages={view.messages} /> : <Skeleton height={420} />}
        </Grid.Col>
      </Grid>
    </Page>
  )
}

/** Back to where one came from, with its page and search; opened by its address, to all profiles. */
function Back() {
  const workspace = useWorkspace()
  const router = useRouter()
  const canGoBack = useCanGoBack()
  const look = {
    variant: 'subtle',
    size: 'compact-sm',
    w: 'fit-content',
    ml: -8,
    leftSection: <IconArrowLeft size={14} aria-hidden />,
  } as const
  return canGoBack ? (
    <Button {...look} onClick={() => router.history.back()}>
      Back
    </Button>
  ) : (
    <ButtonLink {...paths.profiles(workspace.id)} {...look}>
      Profiles
    </ButtonLink>
  )
}

const phoneTypes: Partial<Record<PhoneType, string>> = {
  mobile: 'mobile',
  fixed_or_mobile: 'mobile or landline',
  fixed: 'landline',
  voip: 'internet telephony',
  personal: 'personal number',
  pager: 'pager',
  uan: 'company number',
  premium: 'premium rate',
  shared_cost: 'shared cost',
  toll_free: 'toll-free',
  voicemail: 'voicemail',
}

function Details({ view: { profile, consents, optOuts, suppressions } }: { view: ProfileView }) {
  const attributes = Object.entries(profile.attributes).sort(([a], [b]) => a.localeCompare(b))
  return (
    <>
      <Panel title="Details">
        <Facts
          facts={[
            [
              'Phone',
              profile.phone ? (
                <PhoneNumber key="phone" profile={profile} />
              ) : profile.phoneGiven ? (
                `${profile.phoneGiven} (not a valid number)`
              ) : (
                none
              ),
            ],
            [
              'E-mail',
              profile.email ? (profile.emailValid ? profile.email : `${profile.email} (not a valid address)`) : none,
            ],
            ['Key', profile.externalKey ?? none],
            profile.tags.length > 0 && ['Tags', profile.tags.join(', ')],
            ['Created', <Time key="created" at={profile.createdAt} />],
          ]}
        />
      </Panel>
      <Panel title="Attributes">
        {attributes.length > 0 ? (
          <Facts
            facts={attributes.map(
              ([name, value]) =>
                [
                  name,
                  <span key={name} dir="auto">
                    {value == null ? none : String(value)}
                  </span>,
                ] as const,
            )}
          />
        ) : (
          <Text size="sm" c="dimmed">
            No attributes. They come with an import: each further column can be one.
          </Text>
        )}
      </Panel>
      <Consents consents={consents} optOuts={optOuts} suppressions={suppressions} />
    </>
  )
}

function PhoneNumber({ profile }: { profile: ProfileView['profile'] }) {
  const kind = Object.entries(phoneTypes).find(([type]) => type === profile.phoneType)?.[1]
  const notes = [profile.country, kind].filter(Boolean).join(', ')
  return (
    <span className="figures">
      {profile.phone}
      {notes && (
        <Text span inherit c="dimmed">
          {' '}
          ({notes})
        </Text>
      )}
    </span>
  )
}
