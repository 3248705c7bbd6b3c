/** The preview of a draft: with the defaults of its tags, or with the values of a profile. */
import { SegmentedControl, Select, Stack, Text } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { renderEmail } from '../../../../core/email/email-template.ts'
import { headerLine, renderPieces } from '../../../../core/email/pieces.ts'
import { nameOf, profileQuery, profilesQuery } from '../../../profiles/queries.ts'
import { useLinkUrl } from '../../../shell/installation.ts'
import { useWorkspace } from '../../../shell/me.ts'
import type { ShownProfile } from '../sms/PreviewPanel.tsx'
import { sampleLink, varsOf } from '../sms/preview.ts'
import { EmailFrame } from './EmailFrame.tsx'
import { type EmailDraft, useEmail } from './emailDraft.ts'

interface Props {
  draft: EmailDraft
  /** Called with the profile that is shown, or undefined for the defaults. */
  onShow?: (profile: ShownProfile | undefined) => void
}

export function EmailPreview({ draft, onShow }: Props) {
  const workspace = useWorkspace()
  const { template } = useEmail(draft)
  const [mode, setMode] = useState<'defaults' | 'profile'>('defaults')
  const [profile, setProfile] = useState<string | null>(null)
  const id = mode === 'profile' && profile !== null ? Number(profile) : undefined
  const chosen = useQuery({ ...profileQuery(workspace.id, id ?? 0), enabled: id !== undefined })
  const name = id === undefined ? undefined : chosen.data && nameOf(chosen.data.profile)
  useEffect(() => {
    onShow?.(id === undefined || name === undefined ? undefined : { id, name })
  }, [onShow, id, name])
  const link = sampleLink(useLinkUrl())
  const vars = id === undefined || !chosen.data ? {} : varsOf(chosen.data.profile)
  const addresses = { linkFor: () => link, unsubscribe: link }
  const mail = renderEmail(template, vars, addresses)
  const preheader = headerLine(renderPieces(template.preheader, vars, addresses))
  return (
    <Stack gap="sm">
      <SegmentedControl
        fullWidth
        size="xs"
        aria-label="Preview as"
        data={[
          { value: 'defaults', label: 'Defaults' },
          { value: 'profile', label: 'A profile' },
        ]}
        value={mode}
        onChange={value => setMode(value === 'profile' ? 'profile' : 'defaults')}
      />
      {mode === 'profile' ? (
        <ProfileWithEmail value={profile} onChange={setProfile} />
      ) : (
        <Text size="sm" c="dimmed">
          Data tags show their default.
        </Text>
      )}
      <EmailFrame mail={mail} sender={draft.content.sender} preheader={preheader} />
    </Stack>
  )
}

function ProfileWithEmail({ value, onChange }: { value: string | null; onChange: (value: string | null) => void }) {
  const workspace = useWorkspace()
  const [search, setSearch] = useState('')
  const [settled] = useDebouncedValue(search, 250)
  const found = useQuery(profilesQuery(workspace.id, { search: settled.trim() }))
  const data = (found.data?.items ?? []).map(profile => ({
    value: String(profile.profileId),
    label: [`${nameOf(profile)}\u200e`, profile.email].filter(Boolean).join(', '),
  }))
  return (
    <Select
      label="Profile"
      placeholder="Name or e-mail"
      searchable
      clearable
      data={data}
      // The server has searched: what it found is shown as it is.
      filter={({ options }) => options}
      value={value}
      onChange={onChange}
      onSearchChange={setSearch}
      nothingFoundMessage={found.isFetching ? 'Searching' : 'No profile found'}
      withScrollArea={false}
      styles={{ dropdown: { maxHeight: 240, overflowY: 'auto' } }}
    />
  )
}
