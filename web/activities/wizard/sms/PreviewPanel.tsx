/** The preview as the defaults, as a chosen profile, and as the longest case over the real audience, each with its parts. */
import { SegmentedControl, Select, Stack, Text } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { measureText } from '../../../../core/sms/split.ts'
import type { Vars } from '../../../../core/sms/tag-values.ts'
import type { Template } from '../../../../core/sms/template.ts'
import { nameOf, profileQuery, profilesQuery } from '../../../profiles/queries.ts'
import { useLinkUrl } from '../../../shell/installation.ts'
import { useWorkspace } from '../../../shell/me.ts'
import { ErrorState } from '../../../ui/ErrorState.tsx'
import { plural } from '../../../ui/numbers.ts'
import { useExactAudience } from '../useAudience.ts'
import classes from './PhonePreview.module.css'
import { PhonePreview } from './PhonePreview.tsx'
import { previewText, varsOf } from './preview.ts'
import type { SmsDraft } from './smsDraft.ts'
import { useTextCases } from './useTextCases.ts'
import { spacedName } from './valueNotes.ts'

type Mode = 'defaults' | 'profile' | 'longest' | 'empty' | 'ucs2'

/** The profile with whose values the text is shown. */
export interface ShownProfile {
  id: number
  name: string
}

interface Props {
  draft: SmsDraft
  activity: number
  template: Template
  /** Called with the profile that is shown, or undefined for the defaults. */
  onShow?: (profile: ShownProfile | undefined) => void
}

export function PreviewPanel({ draft, activity, template, onShow }: Props) {
  const workspace = useWorkspace()
  const [wanted, setMode] = useState<Mode>('defaults')
  const [profile, setProfile] = useState<string | null>(null)
  const cases = useTextCases(draft, activity, template)
  const empty = cases?.tags.find(tag => tag.empty !== null)
  const ucs2 = cases?.ucs2 ?? undefined
  // A case may end while it is shown.
  const mode = (wanted === 'empty' && !empty) || (wanted === 'ucs2' && !ucs2) ? 'defaults' : wanted
  const audience = useExactAudience(draft, activity, mode === 'longest')
  const longest = audience.data?.longest ?? null
  const examples: Record<Mode, number | undefined> = {
    defaults: undefined,
    profile: profile === null ? undefined : Number(profile),
    longest: longest?.profileId,
    empty: empty?.empty?.profileId,
    ucs2: ucs2?.profileId,
  }
  const id = examples[mode]
  const chosen = useQuery({ ...profileQuery(workspace.id, id ?? 0), enabled: id !== undefined })
  const name = chosen.data && nameOf(chosen.data.profile)
  useEffect(() => {
    onShow?.(id === undefined || name === undefined ? undefined : { id, name })
  }, [onShow, id, name])
  const vars: Vars | null = id === undefined || !chosen.data ? null : varsOf(chosen.data.profile)
  const { encoding, parts, units } = measureText(previewText(template, useLinkUrl(), vars ?? {}))
  const modes: { value: Mode; label: string }[] = [
    { value: 'defaults', label: 'Defaults' },
    { value: 'profile', label: 'A profile' },
    { value: 'longest', label: 'Longest' },
    ...(empty ? [{ value: 'empty' as const, label: 'Empty' }] : []),
    ...(ucs2 ? [{ value: 'ucs2' as const, label: 'UCS-2' }] : []),
  ]
  return (
    <Stack gap="sm" className={classes.panel}>
      <SegmentedControl
        fullWidth
        size="xs"
        aria-label="Preview as"
        data={modes}
        value={mode}
        onChange={value => setMode(modes.find(known => known.value === value)?.value ?? 'defaults')}
      />
      <div className={classes.about}>
        {mode === 'profile' && <ProfileChoice value={profile} onChange={setProfile} />}
        {mode === 'longest' && <LongestNote draft={draft} audience={audience} />}
        {mode === 'empty' && (
          <Text size="sm">
            No {spacedName(empty?.name ?? '')}: {name ?? `profile ${id}`}
          </Text>
        )}
        {mode === 'ucs2' && <Text size="sm">Values outside the SMS alphabet: {name ?? `profile ${id}`}</Text>}
        {mode === 'defaults' && (
          <Text size="sm" c="dimmed">
            Data tags show their default, or their name if they have none.
          </Text>
        )}
      </div>
      <PhonePreview
        sender={draft.content.sender}
        template={template}
        vars={vars}
        note={units === 0 ? 'Empty' : `${plural(parts, 'part')}, ${plural(units, 'character')}, ${encoding}`}
      />
    </Stack>
  )
}

function LongestNote({ draft, audience }: { draft: SmsDraft; audience: ReturnType<typeof useExactAudience> }) {
  const workspace = useWorkspace()
  const longest = audience.data?.longest ?? null
  const who = useQuery({ ...profileQuery(workspace.id, longest?.profileId ?? 0), enabled: longest !== null })
  if (draft.fields.sendTo.topics.length === 0)
    return <Text size="sm">Choose a topic under “Send to” to find the longest text among its profiles.</Text>
  if (audience.error) return <ErrorState error={audience.error} onRetry={audience.refetch} />
  if (draft.state.kind !== 'saved' || !audience.data)
    return (
      <Text size="sm" c="dimmed" aria-busy>
        Searching for the longest text among all recipients.
      </Text>
    )
  if (longest === null) return <Text size="sm">No one would get this SMS.</Text>
  return (
    <Text size="sm" className="wrap-anywhere">
      Longest text: {who.data ? nameOf(who.data.profile) : `profile ${longest.profileId}`}
    </Text>
  )
}

function ProfileChoice({ value, onChange }: { value: string | null; onChange: (value: string | null) => void }) {
  const workspace = useWorkspace()
  const [search, setSearch] = useState('')
  const [settled] = useDebouncedValue(search, 250)
  const found = useQuery(profilesQuery(workspace.id, { search: settled.trim() }))
  const data = (found.data?.items ?? []).map(profile => ({
    value: String(profile.profileId),
    // The mark ends a name that is written from right to left: the number keeps its place and its plus.
    label: [`${nameOf(profile)}\u200e`, profile.phone].filter(Boolean).join(', '),
  }))
  return (
    <Select
      label="Profile"
      placeholder="Name or number"
      searchable
      clearable
      data={data}
      // The server has searched: what it found is shown as it is.
      filter={({ options }) => options}
      value={value}
      onChange={onChange}
      onSearchChange={setSearch}
      renderOption={({ option }) => (
        <Text size="sm" className="wrap-anywhere" lineClamp={2}>
          {option.label}
        </Text>
      )}
      nothingFoundMessage={found.isFetching ? 'Searching' : 'No profile found'}
      withScrollArea={false}
      styles={{ dropdown: { maxHeight: 240, overflowY: 'auto' } }}
    />
  )
}
