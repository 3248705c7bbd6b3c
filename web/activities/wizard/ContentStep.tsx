/** Content: the sender and the text, with what it costs in parts and how it looks on a phone. */
import { Grid, Stack, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { problem } from '../../../core/problems.ts'
import { checkSender } from '../../../core/sms/sender.ts'
import { parseTemplate } from '../../../core/sms/template.ts'
import { attributesQuery } from '../../settings/queries.ts'
import { useWorkspace } from '../../shell/me.ts'
import { Panel } from '../../ui/Panel.tsx'
import type { Draft } from '../useDraft.ts'
import { Composer } from './Composer.tsx'
import { PhonePreview } from './PhonePreview.tsx'
import { StepProblems } from './StepProblems.tsx'

/** Data tags beside the attributes of the workspace (server/activities/check.ts). */
const everyProfileHas = ['first_name', 'last_name', 'city', 'email', 'phone', 'external_key']

export function ContentStep({ draft }: { draft: Draft }) {
  const workspace = useWorkspace()
  const attributes = useQuery(attributesQuery(workspace.id))
  const { body, smart, sender } = draft.fields
  const names = useMemo(
    () => [...new Set([...everyProfileHas, ...(attributes.data ?? []).map(({ name }) => name)])],
    [attributes.data],
  )
  const template = useMemo(() => {
    // Until the attributes are known, no tag is called unknown.
    return parseTemplate(body, attributes.data ? { smart, attributes: new Set(names) } : { smart })
  }, [body, smart, names, attributes.data])
  const wrongSender = sender === '' ? null : senderProblem(sender.trim())
  const told = new Set<string>([
    ...(body === '' ? [] : template.problems.map(({ code }) => code)),
    ...(wrongSender ? ['sender_invalid'] : []),
  ])
  return (
    <Stack>
      <StepProblems step="content" draft={draft} told={told} />
      <Grid gap="lg">
        <Grid.Col span={{ base: 12, md: 7.5 }}>
          <Panel title="Content">
            <Stack>
              <TextInput
                label="Sender"
                description="3 to 11 letters and digits, a number with its country code, or a short code."
                maw={300}
                value={sender}
                maxLength={16}
                onChange={event => draft.change({ sender: event.currentTarget.value })}
                onBlur={() => sender !== sender.trim() && draft.change({ sender: sender.trim() })}
                error={wrongSender}
              />
              <Composer draft={draft} template={template} attributes={names} />
            </Stack>
          </Panel>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 4.5 }}>
          <PhonePreview sender={sender} template={template} />
        </Grid.Col>
      </Grid>
    </Stack>
  )
}

function senderProblem(sender: string): string | null {
  const checked = checkSender(sender)
  return 'problem' in checked ? problem(checked.problem, checked.details).message : null
}
