/** An e-mail as a mail program shows it: its HTML in a frame that can run nothing and reach nothing, or its text part. */
import { Badge, Box, Group, Paper, SegmentedControl, Stack, Text } from '@mantine/core'
import { useState } from 'react'
import { htmlSize } from '../../../../core/email/blocks.ts'
import type { EmailForOne } from '../../../../core/email/email-template.ts'
import { byteLength } from '../../../../core/email/pieces.ts'
import { ink } from '../../../ui/status.ts'

interface Props {
  mail: EmailForOne
  sender: string
  preheader: string
}

type View = 'desktop' | 'phone' | 'text'
const views: { value: View; label: string }[] = [
  { value: 'desktop', label: 'Desktop' },
  { value: 'phone', label: 'Phone' },
  { value: 'text', label: 'Text part' },
]
type Scheme = 'light' | 'dark'
const schemes: { value: Scheme; label: string }[] = [
  { value: 'light', label: 'Light' },
  { value: 'dark', label: 'Dark' },
]

/** No script, no form, no frame: what is pasted is shown and nothing else. Images are the author's own. */
const policy = "default-src 'none'; img-src https: http:; style-src 'unsafe-inline'; font-src https:"

export function EmailFrame({ mail, sender, preheader }: Props) {
  const [view, setView] = useState<View>('desktop')
  const [scheme, setScheme] = useState<Scheme>('light')
  const bytes = byteLength(mail.html)
  return (
    <Stack gap="sm">
      <Group gap="xs" justify="space-between">
        <SegmentedControl
          size="xs"
          aria-label="Show as"
          data={views}
          value={view}
          onChange={value => setView(views.find(known => known.value === value)?.value ?? 'desktop')}
        />
        {view !== 'text' && (
          <SegmentedControl
            size="xs"
            aria-label="Colours"
            data={schemes}
            value={scheme}
            onChange={value => setScheme(value === 'dark' ? 'dark' : 'light')}
          />
        )}
      </Group>
      <Paper withBorder p="sm">
        <Text size="sm" fw={600} className="wrap-anywhere">
          {mail.fromName || sender || 'No sender yet'}
        </Text>
        <Text size="sm" className="wrap-anywhere">
          {mail.subject || 'No subject yet'}
        </Text>
        {preheader !== '' && (
          <Text size="sm" c="dimmed" lineClamp={1}>
            {preheader}
          </Text>
        )}
      </Paper>
      {view === 'text' ? (
        <Paper
          withBorder
          p="sm"
          component="pre"
          m={0}
          style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere', fontSize: 13 }}
        >
          {mail.text}
        </Paper>
      ) : (
        <Box style={{ overflowX: 'auto' }}>
          <iframe
            title="The e-mail"
            sandbox=""
            srcDoc={framed(mail.html, scheme)}
            style={{
              width: view === 'phone' ? 375 : '100%',
              maxWidth: '100%',
              height: 560,
              border: '1px solid var(--mantine-color-default-border)',
              borderRadius: 6,
              display: 'block',
              colorScheme: scheme,
            }}
          />
        </Box>
      )}
      <Size bytes={bytes} />
    </Stack>
  )
}

/** In front of all else: what follows cannot take it back. A mail program on a dark screen asks for the same as the frame. */
function framed(html: string, scheme: Scheme): string {
  const dark =
    scheme === 'dark'
      ? html.replaceAll('@media (prefers-color-scheme:dark)', '@media all')
      : html.replaceAll('@media (prefers-color-scheme:dark)', '@media not all')
  return `<meta http-equiv="Content-Security-Policy" content="${policy}">${dark}`
}

function Size({ bytes }: { bytes: number }) {
  const kB = Math.max(1, Math.round(bytes / 1024))
  const large = bytes > htmlSize.warn
  return (
    <Group gap="xs">
      <Text size="sm" c="dimmed" className="figures">
        {kB} kB of HTML
      </Text>
      {large && (
        <Badge
          variant="outline"
          color={bytes > htmlSize.refuse ? 'red' : 'orange'}
          style={{ color: ink(bytes > htmlSize.refuse ? 'red' : 'orange') }}
        >
          {bytes > htmlSize.refuse ? 'Too large to be sent' : 'Near the limit of 100 kB'}
        </Badge>
      )}
    </Group>
  )
}
