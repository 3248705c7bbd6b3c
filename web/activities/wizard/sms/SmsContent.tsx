/** Content: the sender and the text, what it costs in parts, where its links lead, and how it looks on a phone. */
import { Grid, Stack, TextInput } from '@mantine/core'
import { useState } from 'react'
import { problem } from '../../../../core/problems.ts'
import { checkSender } from '../../../../core/sms/sender.ts'
import { Panel } from '../../../ui/Panel.tsx'
import type { StepProps } from '../channelPages.ts'
import { Missing } from '../Missing.tsx'
import { StepProblems } from '../StepProblems.tsx'
import { Composer } from './Composer.tsx'
import { LinksPanel } from './LinksPanel.tsx'
import { PreviewPanel, type ShownProfile } from './PreviewPanel.tsx'
import { SmartEncoding } from './SmartEncoding.tsx'
import { smsDraft } from './smsDraft.ts'
import { TestSms } from './TestSms.tsx'
import { useTemplate } from './useTemplate.ts'
import { useTextCases } from './useTextCases.ts'

export function SmsContent({ activity, ...props }: StepProps) {
  const draft = smsDraft(props.draft)
  const reading = useTemplate(draft)
  const { template } = reading
  const { sender } = draft.content
  const cases = useTextCases(draft, activity, template)
  const [shown, setShown] = useState<ShownProfile>()
  const [wasLeft, setWasLeft] = useState(sender !== '')
  const wrongSender = sender.trim() === '' || !wasLeft ? null : senderProblem(sender.trim())
  const told = new Set<string>([
    ...template.problems.map(({ code }) => code),
    ...['sender_invalid', 'sender_missing', 'text_empty', 'opt_out_missing', 'utm_link_too_long'],
  ])
  return (
    <Stack>
      <StepProblems step="content" draft={draft} told={told} />
      <Grid gap="lg">
        <Grid.Col span={{ base: 12, md: 7.5 }}>
          <Stack>
            <Panel title="Content">
              <Stack>
                <div>
                  <TextInput
                    label="Sender"
                    description="3 to 11 letters and digits, a number with its country code, or a short code."
                    maw={340}
                    value={sender}
                    maxLength={200}
                    onChange={event => draft.changeContent({ sender: event.currentTarget.value })}
                    onBlur={() => {
                      setWasLeft(true)
                      if (sender !== sender.trim()) draft.changeContent({ sender: sender.trim() })
                    }}
                    error={wrongSender}
                  />
                  {sender.trim() === '' && <Missing draft={draft} codes={['sender_missing']} />}
                </div>
                <Composer draft={draft} reading={reading} cases={cases} />
              </Stack>
            </Panel>
            <SmartEncoding draft={draft} template={template} />
            <LinksPanel draft={draft} template={template} />
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 4.5 }}>
          <PreviewPanel draft={draft} activity={activity} template={template} onShow={setShown} />
        </Grid.Col>
      </Grid>
      <TestSms draft={draft} activity={activity} profile={shown} />
    </Stack>
  )
}

function senderProblem(sender: string): string | null {
  const checked = checkSender(sender)
  return 'problem' in checked ? problem(checked.problem, checked.details).message : null
}
