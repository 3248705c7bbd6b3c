/** The wizard: Details, Content, Send to, Schedule, Overview, in any order; every change is saved automatically. */

import { Alert, Group, Skeleton, Stack } from '@mantine/core'
import { IconArrowLeft, IconArrowRight } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { allows } from '../../core/activities/states.ts'
import type { StepPath } from '../../core/activities/steps.ts'
import { channels } from '../../core/channels.ts'
import { paths } from '../paths.ts'
import { ActButton, FormFor } from '../shell/may.tsx'
import { useWorkspace } from '../shell/me.ts'
import { ErrorState } from '../ui/ErrorState.tsx'
import { ButtonLink } from '../ui/links.tsx'
import { Page } from '../ui/Page.tsx'
import { StatusBadge } from '../ui/StatusBadge.tsx'
import { activityLooks } from '../ui/status.ts'
import { Time } from '../ui/Time.tsx'
import { BackToList } from './lastList.tsx'
import { type Activity, activityQuery, useActs } from './queries.ts'
import { neighbours, stepAt } from './steps.ts'
import { useDraft } from './useDraft.ts'
import { Conflict } from './wizard/Conflict.tsx'
import { channelPagesOf } from './wizard/channels.tsx'
import { DetailsStep } from './wizard/DetailsStep.tsx'
import { OverviewStep } from './wizard/OverviewStep.tsx'
import { SaveNote } from './wizard/SaveNote.tsx'
import { ScheduleStep } from './wizard/ScheduleStep.tsx'
import { SendToStep } from './wizard/SendToStep.tsx'
import { StepLinks } from './wizard/StepLinks.tsx'
import { useExactAudience } from './wizard/useAudience.ts'

const route = getRouteApi('/w/$workspace/sms/$activity/edit/$step')

export function WizardPage() {
  const workspace = useWorkspace()
  const id = Number(route.useParams().activity)
  // The newest from the server each time the wizard opens; from then on the draft is the page's.
  const activity = useQuery({ ...activityQuery(workspace.id, id), staleTime: 0, refetchOnWindowFocus: false })
  if (activity.error) {
    return (
      <Page title="SMS" back={<BackToList tab="drafts" workspace={workspace.id} />}>
        <ErrorState error={activity.error} onRetry={activity.refetch} />
      </Page>
    )
  }
  if (!activity.data || (activity.isFetching && !activity.isFetchedAfterMount)) return <WizardSkeleton />
  if (allows('unschedule', activity.data.state)) return <Scheduled workspace={workspace.id} activity={activity.data} />
  if (!allows('edit', activity.data.state)) return <NotEditable workspace={workspace.id} activity={activity.data} />
  return <Wizard key={id} initial={activity.data} />
}

function Wizard({ initial }: { initial: Activity }) {
  const workspace = useWorkspace()
  const params = route.useParams()
  const step = stepAt(params.step)
  const draft = useDraft(workspace.id, initial)
  const { Content } = channelPagesOf(draft)
  const { before, after } = neighbours(step)
  // What a step has counted; nothing is counted for this alone.
  const { data: audience } = useExactAudience(draft, initial.id, false)
  const edit = (to: StepPath) => paths.edit(workspace.id, initial.id, to)
  return (
    <Page
      width={1040}
      title={draft.fields.name || `Untitled ${channels[draft.content.channel].words.message}`}
      back={<BackToList tab="drafts" workspace={workspace.id} />}
      aside={<SaveNote state={draft.state} />}
    >
      <StepLinks
        workspace={workspace.id}
        activity={initial.id}
        current={step}
        problems={draft.problems}
        tooLong={(audience?.tooLong ?? null) !== null}
      />
      <FormFor operation="changeActivity">
        <Conflict draft={draft} />
        {step === 'details' && <DetailsStep draft={draft} />}
        {step === 'content' && <Content draft={draft} activity={initial.id} />}
        {step === 'send-to' && <SendToStep draft={draft} activity={initial.id} />}
        {step === 'schedule' && <ScheduleStep draft={draft} />}
        {step === 'overview' && <OverviewStep draft={draft} activity={initial.id} />}
      </FormFor>
      <Group justify="space-between">
        {before ? (
          <ButtonLink {...edit(before)} variant="default" leftSection={<IconArrowLeft size={16} aria-hidden />}>
            Back
          </ButtonLink>
        ) : (
          <span />
        )}
        {after && (
          <ButtonLink {...edit(after)} rightSection={<IconArrowRight size={16} aria-hidden />}>
            Next
          </ButtonLink>
        )}
      </Group>
    </Page>
  )
}

const messageOf = ({ content }: Activity) => channels[content.channel].words.message

/** It leaves the schedule before anything of it can be changed. */
function Scheduled({ workspace, activity }: { workspace: number; activity: Activity }) {
  const { unschedule } = useActs(workspace)
  return (
    <Page title={activity.name} aside={<StatusBadge look={activityLooks[activity.state]} />} width={760}>
      <Alert variant="default" title={`This ${messageOf(activity)} is scheduled.`}>
        <Stack gap="sm" align="flex-start">
          <span>
            It will be sent {activity.sendAt ? <Time at={activity.sendAt} /> : 'now'}. To change it, move it back to
            Drafts. It is not sent until you schedule it again.
          </span>
          {unschedule.error && <ErrorState error={unschedule.error} />}
          <Group>
            <ActButton
              operation="unscheduleActivity"
              loading={unschedule.isPending}
              onClick={() => unschedule.mutate(activity.id)}
            >
              Move to drafts and edit
            </ActButton>
            <ButtonLink {...paths.report(workspace, activity.id)} variant="default">
              View report
            </ButtonLink>
          </Group>
        </Stack>
      </Alert>
    </Page>
  )
}

function NotEditable({ workspace, activity }: { workspace: number; activity: Activity }) {
  return (
    <Page title={activity.name} aside={<StatusBadge look={activityLooks[activity.state]} />} width={760}>
      <Alert variant="default" title={`This ${messageOf(activity)} can no longer be edited.`}>
        <Stack gap="sm" align="flex-start">
          What is being sent, sent or cancelled can't be edited. Duplicate it to use it again.
          <Group>
            <ButtonLink {...paths.report(workspace, activity.id)}>View report</ButtonLink>
          </Group>
        </Stack>
      </Alert>
    </Page>
  )
}

function WizardSkeleton() {
  return (
    <Page title="SMS" width={1040}>
      <Skeleton height={40} />
      <Skeleton height={320} />
    </Page>
  )
}
