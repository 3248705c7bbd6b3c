/** The Profile View: details, whether the number can get an SMS and why not, consents, and the outcome of each SMS. */
import { Alert, Grid, Skeleton, Stack, Text } from '@mantine/core'
import { IconEraser, IconLock } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi, useCanGoBack, useRouter } from '@tanstack/react-router'
import { paths } from '../paths.ts'
import { useWorkspace } from '../shell/me.ts'
import { BackButton, BackLink } from '../ui/BackLink.tsx'
import { ErrorState } from '../ui/ErrorState.tsx'
import { Page } from '../ui/Page.tsx'
import { Time } from '../ui/Time.tsx'
import { Consents } from './Consents.tsx'
import { Details } from './Details.tsx'
import { Messages } from './Messages.tsx'
import { NumberPanel } from './NumberPanel.tsx'
import { ProfileMenu } from './ProfileMenu.tsx'
import { nameOf, type Profile, profileQuery } from './queries.ts'
import { WebsiteVisits } from './WebsiteVisits.tsx'

const route = getRouteApi('/w/$workspace/profiles/$profile')

export function ProfilePage() {
  const workspace = useWorkspace()
  const id = Number(route.useParams().profile)
  const found = useQuery(profileQuery(workspace.id, id))
  if (found.error && !found.data) {
    return (
      <Page title="Profile" back={<Back />}>
        <ErrorState error={found.error} onRetry={found.refetch} />
      </Page>
    )
  }
  const view = found.data
  const profile = view?.profile
  return (
    <Page
      title={profile ? (profile.erasedAt ? 'Erased profile' : nameOf(profile)) : 'Profile'}
      back={<Back />}
      description={profile && described(profile)}
      actions={profile && <ProfileMenu profile={profile} />}
    >
      {profile && <Standing profile={profile} />}
      <Grid gap="lg">
        <Grid.Col span={{ base: 12, md: 5 }}>
          {view ? (
            <Stack gap="lg">
              {!view.profile.erasedAt && <NumberPanel view={view} />}
              <Consents view={view} />
              <Details profile={view.profile} />
            </Stack>
          ) : (
            <Skeleton height={420} />
          )}
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 7 }}>
          {view ? (
            <Stack gap="lg">
              <Messages profileId={id} total={view.messages} />
              <WebsiteVisits profileId={id} />
            </Stack>
          ) : (
            <Skeleton height={420} />
          )}
        </Grid.Col>
      </Grid>
    </Page>
  )
}

function described({ erasedAt, phone, email, externalKey, firstName, lastName }: Profile): string | undefined {
  if (erasedAt) return undefined
  const named = Boolean(firstName || lastName)
  // The heading already shows the name.
  const [heading] = named ? [null] : [externalKey, phone, email].filter(value => value !== null)
  const rest = [phone, email].filter(value => value !== null && value !== heading)
  return rest.length > 0 ? rest.join(' · ') : undefined
}

function Standing({ profile: { erasedAt, lockedReason } }: { profile: Profile }) {
  if (erasedAt)
    return (
      <Alert variant="default" icon={<IconEraser aria-hidden />} title="This profile was erased on request">
        All personal data was overwritten, <Time at={erasedAt} />. Only keys and figures remain.
      </Alert>
    )
  if (lockedReason !== null)
    return (
      <Alert variant="default" icon={<IconLock aria-hidden />} title="Locked">
        <bdi className="wrap-anywhere">{lockedReason}</bdi>
        <Text size="xs" c="dimmed">
          Imports and the API cannot change this profile until it is unlocked. It still gets SMS.
        </Text>
      </Alert>
    )
  return null
}

/** Returns to the previous page with its search. If the profile was opened by its address, leads to all profiles. */
function Back() {
  const workspace = useWorkspace()
  const router = useRouter()
  const canGoBack = useCanGoBack()
  return canGoBack ? (
    <BackButton onClick={() => router.history.back()}>Back</BackButton>
  ) : (
    <BackLink {...paths.profiles(workspace.id)}>Profiles</BackLink>
  )
}
