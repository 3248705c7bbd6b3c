/** Content: who the e-mail comes from, its subject, its blocks or pasted HTML, where its links lead, and how it looks. */
import { Button, Grid, Group, List, SegmentedControl, Stack, Switch, Text, Textarea, TextInput } from '@mantine/core'
import { useState } from 'react'
import { parametersOf } from '../../../../core/activities/tags.ts'
import { emailLimits } from '../../../../core/email/blocks.ts'
import { renderEmail } from '../../../../core/email/email-template.ts'
import { isPlainAddress, senderProblem } from '../../../../core/email/from-address.ts'
import { Problem, problem } from '../../../../core/problems.ts'
import { linkAddress } from '../../../../core/sms/utm.ts'
import { useLinkUrl } from '../../../shell/installation.ts'
import { Panel } from '../../../ui/Panel.tsx'
import { UtmFields } from '../../UtmFields.tsx'
import type { StepProps } from '../channelPages.ts'
import { Missing } from '../Missing.tsx'
import { StepProblems } from '../StepProblems.tsx'
import { DataTag } from '../sms/DataTag.tsx'
import type { ShownProfile } from '../sms/PreviewPanel.tsx'
import { sampleLink } from '../sms/preview.ts'
import { TestSms } from '../sms/TestSms.tsx'
import { Blocks } from './Blocks.tsx'
import { EmailPreview } from './EmailPreview.tsx'
import { type EmailDraft, type EmailReading, emailDraft, useEmail, wrongAt } from './emailDraft.ts'
import { Told } from './Told.tsx'

export function EmailContent({ activity, ...props }: StepProps) {
  const draft = emailDraft(props.draft)
  const reading = useEmail(draft)
  const { template } = reading
  const { html, format } = draft.content
  const [shown, setShown] = useState<ShownProfile>()
  return (
    <Stack>
      <StepProblems step="content" draft={draft} told={toldBeside} />
      <Grid gap="lg">
        <Grid.Col span={{ base: 12, md: 7 }}>
          <Stack>
            <Panel title="Sender and subject">
              <SenderFields draft={draft} reading={reading} />
            </Panel>
            <Panel title="Body">
              <Stack>
                <SegmentedControl
                  aria-label="Write as"
                  style={{ alignSelf: 'flex-start' }}
                  data={[
                    { value: 'blocks', label: 'Blocks' },
                    { value: 'html', label: 'Paste HTML' },
                  ]}
                  value={format}
                  onChange={value => draft.changeContent({ format: value === 'html' ? 'html' : 'blocks' })}
                />
                {format === 'blocks' ? (
                  <>
                    <Blocks draft={draft} reading={reading} />
                    <FooterFields draft={draft} reading={reading} />
                  </>
                ) : (
                  <PastedHtml html={html} draft={draft} reading={reading} />
                )}
              </Stack>
            </Panel>
            <TextPart draft={draft} reading={reading} />
            <LinksOfEmail draft={draft} reading={reading} />
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 5 }}>
          <div style={{ position: 'sticky', top: 72 }}>
            <EmailPreview draft={draft} onShow={setShown} />
          </div>
        </Grid.Col>
      </Grid>
      <TestSms draft={draft} activity={activity} profile={shown} />
      {template.problems.length === 0 && <Missing draft={draft} codes={['email_too_large']} />}
    </Stack>
  )
}

const toldBeside = new Set([
  ...[
    'email_content',
    'email_sender_missing',
    'email_sender_invalid',
    'email_sender_freemail',
    'email_reply_to_invalid',
  ],
  ...['email_subject_empty', 'email_body_empty', 'email_footer_address', 'email_from_name_address'],
  ...['email_unsubscribe_missing', 'utm_link_too_long', 'email_too_large'],
])

interface PartProps {
  draft: EmailDraft
  reading: EmailReading
}

function SenderFields({ draft, reading: { template, tags } }: PartProps) {
  const { sender, fromName, replyTo, subject, preheader } = draft.content
  // An address that is being typed is not wrong yet.
  const [wasLeft, setWasLeft] = useState(sender !== '')
  const [replyLeft, setReplyLeft] = useState(replyTo !== '')
  const withTag = (key: 'subject' | 'preheader', value: string) => (
    <DataTag
      tags={tags}
      atCaret={() => undefined}
      onInsert={tag =>
        draft.changeContent({ [key]: `${value}${value === '' || value.endsWith(' ') ? '' : ' '}${tag}` })
      }
    />
  )
  return (
    <Stack>
      <Group gap="sm" align="flex-start">
        <div style={{ flex: '1 1 200px' }}>
          <TextInput
            label="From name"
            value={fromName}
            maxLength={300}
            onChange={event => draft.changeContent({ fromName: event.currentTarget.value })}
          />
          <Told template={template} place={{ field: 'fromName' }} />
        </div>
        <div style={{ flex: '1 1 240px' }}>
          <TextInput
            label="From address"
            type="email"
            placeholder="news@example.com"
            value={sender}
            maxLength={320}
            error={sender === '' || !wasLeft ? null : wordsOf(senderProblem(sender))}
            onBlur={() => setWasLeft(true)}
            onChange={event => draft.changeContent({ sender: event.currentTarget.value })}
          />
          {sender === '' && <Missing draft={draft} codes={['email_sender_missing']} />}
        </div>
      </Group>
      <TextInput
        label="Replies go to"
        type="email"
        placeholder={sender || 'The from address'}
        maw={400}
        value={replyTo}
        maxLength={320}
        onBlur={() => setReplyLeft(true)}
        error={
          replyTo === '' || !replyLeft || isPlainAddress(replyTo.trim())
            ? null
            : problem('email_reply_to_invalid', { address: replyTo.slice(0, 100) }).message
        }
        onChange={event => draft.changeContent({ replyTo: event.currentTarget.value })}
      />
      <div>
        <TextInput
          label="Subject"
          description={`${subject.length} characters. Most lists of e-mails show about 60.`}
          value={subject}
          maxLength={1000}
          dir="auto"
          error={wrongAt(template, { field: 'subject' }).length > 0}
          onChange={event => draft.changeContent({ subject: event.currentTarget.value })}
        />
        <Told template={template} place={{ field: 'subject' }} />
        <Group mt={6}>{withTag('subject', subject)}</Group>
      </div>
      <div>
        <TextInput
          label="Preheader"
          description="What lists of e-mails show behind the subject."
          value={preheader}
          maxLength={1000}
          dir="auto"
          error={wrongAt(template, { field: 'preheader' }).length > 0}
          onChange={event => draft.changeContent({ preheader: event.currentTarget.value })}
        />
        <Told template={template} place={{ field: 'preheader' }} />
      </div>
    </Stack>
  )
}

function wordsOf(wrong: ReturnType<typeof senderProblem>): string | null {
  return wrong === undefined ? null : new Problem(wrong.code, wrong.details).message
}

function FooterFields({ draft, reading: { template } }: PartProps) {
  const { footer } = draft.content
  return (
    <Stack gap="sm">
      <Textarea
        label="Footer"
        description="The name and the postal address of the sender. The unsubscribe link follows it."
        autosize
        minRows={2}
        maxLength={2000}
        value={footer.address}
        onChange={event => draft.changeContent({ footer: { ...footer, address: event.currentTarget.value } })}
      />
      <Told template={template} place={{ field: 'footer' }} />
      <TextInput
        label="Text of the unsubscribe link"
        placeholder="Unsubscribe"
        maw={320}
        maxLength={emailLimits.label}
        value={footer.label}
        onChange={event => draft.changeContent({ footer: { ...footer, label: event.currentTarget.value } })}
      />
    </Stack>
  )
}

function PastedHtml({ html, draft, reading: { template } }: PartProps & { html: string }) {
  const problems = template.problems.filter(({ place }) => place.field === 'html')
  const lines = [...new Set(problems.map(({ place }) => place.line))]
  const removed = template.notes.filter(({ kind }) => kind === 'removed')
  return (
    <Stack gap="sm">
      <Textarea
        label="HTML"
        description='With a link to ##unsubscribe##, as in <a href="##unsubscribe##">Unsubscribe</a>. Data tags may be in text, in alt and title, and in addresses.'
        autosize
        minRows={10}
        maxRows={24}
        maxLength={400_000}
        spellCheck={false}
        styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: 13 } }}
        value={html}
        error={problems.length > 0 && html !== ''}
        onChange={event => draft.changeContent({ html: event.currentTarget.value })}
      />
      {lines.map(line => (
        <Group key={line ?? 0} gap={6} align="flex-start" wrap="nowrap">
          {line !== undefined && (
            <Text size="sm" c="dimmed" className="figures" style={{ flex: 'none' }} mt={6}>
              Line {line}
            </Text>
          )}
          <Told
            template={{ ...template, problems: problems.filter(({ place }) => place.line === line) }}
            place={{ field: 'html' }}
          />
        </Group>
      ))}
      {removed.length > 0 && (
        <div>
          <Text size="sm">Left out, because no mail program takes it or it could harm:</Text>
          <List size="sm">
            {removed.map(({ what, place }, i) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: nothing else tells two of them apart
              <List.Item key={i} className="wrap-anywhere">
                {what}
                {place.line !== undefined && ` in line ${place.line}`}
              </List.Item>
            ))}
          </List>
        </div>
      )}
    </Stack>
  )
}

function TextPart({ draft, reading: { template } }: PartProps) {
  const link = sampleLink(useLinkUrl())
  const { text } = draft.content
  const own = text !== null
  return (
    <Panel title="Text part" description="For programs that show no HTML. Every e-mail has one.">
      <Stack gap="sm">
        <Switch
          label="Write it by hand"
          description="Else it is made from the body."
          checked={own}
          onChange={event => {
            const made = renderEmail(
              template,
              {},
              { linkFor: slot => template.links[slot]?.url ?? link, unsubscribe: '##unsubscribe##' },
            )
            draft.changeContent({ text: event.currentTarget.checked ? made.text : null })
          }}
        />
        {own && (
          <Textarea
            label="Text"
            autosize
            minRows={6}
            maxRows={20}
            maxLength={40_000}
            value={text}
            error={wrongAt(template, { field: 'text' }).length > 0}
            onChange={event => draft.changeContent({ text: event.currentTarget.value })}
          />
        )}
        {own && <Told template={template} place={{ field: 'text' }} />}
      </Stack>
    </Panel>
  )
}

function LinksOfEmail({ draft, reading: { template } }: PartProps) {
  const parameters = parametersOf(draft.content, draft.fields.name)
  const untracked = template.notes.filter(({ kind }) => kind === 'untracked')
  const [all, setAll] = useState(false)
  const shown = all ? template.links : template.links.slice(0, 10)
  return (
    <Panel title="Links">
      <Stack gap="sm">
        {template.links.length === 0 ? (
          <Text size="sm" c="dimmed">
            The e-mail has no links whose clicks are counted yet.
          </Text>
        ) : (
          <List size="sm" spacing={4} aria-label="Where the links lead">
            {shown.map(link => (
              <List.Item key={link.slot} className="wrap-anywhere">
                {linkAddress(link, parameters)}
              </List.Item>
            ))}
          </List>
        )}
        {shown.length < template.links.length && (
          <Button size="xs" variant="subtle" style={{ alignSelf: 'flex-start' }} onClick={() => setAll(true)}>
            Show all {template.links.length}
          </Button>
        )}
        {untracked.length > 0 && (
          <Text size="sm">
            Clicks on links whose text is an address are not counted: {untracked.map(({ what }) => what).join(', ')}.
            Give them another text.
          </Text>
        )}
        <Missing draft={draft} codes={['utm_link_too_long']} />
        {template.links.length > 0 && (
          <UtmFields
            utm={draft.content.utm}
            name={draft.fields.name}
            channel="email"
            onChange={utm => draft.changeContent({ utm })}
          />
        )}
      </Stack>
    </Panel>
  )
}
