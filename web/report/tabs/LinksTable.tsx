/** The clicks of each link, its permanent id, and a link to the profiles that clicked it. */
import { ActionIcon, Button, CopyButton, Group, Text, Tooltip, VisuallyHidden } from '@mantine/core'
import { IconCheck, IconCopy, IconLink, IconX } from '@tabler/icons-react'
import { useNavigate } from '@tanstack/react-router'
import { type Channel, channels } from '../../../core/channels.ts'
import { figure, rate, tooltipOf } from '../../../core/report/figures.ts'
import { paths } from '../../paths.ts'
import { useWorkspace } from '../../shell/me.ts'
import { DataTable } from '../../ui/DataTable.tsx'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { TextLink } from '../../ui/links.tsx'
import { count, percent } from '../../ui/numbers.ts'
import { Panel } from '../../ui/Panel.tsx'
import { CreateSegmentMenu } from '../CreateSegment.tsx'
import type { Report } from '../queries.ts'

interface Props {
  report: Report
  /** the profiles of this link are listed */
  chosen: number | undefined
  /** suspected bots are shown */
  bots: true | undefined
}

export function LinksTable({ report, chosen, bots }: Props) {
  const workspace = useWorkspace()
  const navigate = useNavigate()
  const clicks = report.links.reduce((sum, link) => sum + link.clicks, 0)
  const listed = (link?: number) =>
    paths.report(workspace.id, report.activity, { tab: 'clicks', ...(link && { link }), ...(bots && { bots }) })
  return (
    <Panel
      title="Links"
      aside={
        chosen !== undefined && (
          <Button
            size="xs"
            variant="default"
            leftSection={<IconX size={14} aria-hidden />}
            onClick={() => navigate(listed())}
          >
            Show profiles of all links
          </Button>
        )
      }
    >
      <DataTable
        label="Links"
        columns={[
          {
            key: 'url',
            label: 'URL',
            // What a phone has beside clicks, bots and the menu.
            room: bots ? 130 : 150,
            render: link => (
              <TextLink {...listed(link.id)} inherit className="wrap-anywhere" resetScroll={false}>
                {link.url}
              </TextLink>
            ),
          },
          { key: 'id', label: 'Link ID', width: 100, below: 'labelled', render: link => <LinkId id={link.id} /> },
          { key: 'clicks', label: 'Clicks', figure: true, render: link => count(link.clicks) },
          {
            key: 'share',
            label: 'Share of clicks',
            figure: true,
            wide: true,
            render: link => percent(rate(link.clicks, clicks)),
          },
          { key: 'unique', label: 'Unique', figure: true, wide: bots === true, render: link => count(link.unique) },
          {
            key: 'botClicks',
            label: <BotsLabel channel={report.channel} />,
            figure: true,
            wide: !bots,
            render: link => (
              <Text span inherit c="dimmed">
                {count(link.botClicks)}
              </Text>
            ),
          },
          {
            key: 'segment',
            label: <VisuallyHidden>Create segment</VisuallyHidden>,
            width: 52,
            render: link =>
              link.unique > 0 && (
                <CreateSegmentMenu
                  report={report}
                  people={[{ figure: 'unique', link: link.id, of: link.url }]}
                  name={link.url}
                />
              ),
          },
        ]}
        rows={report.links}
        rowKey={link => String(link.id)}
        onOpen={link => navigate({ ...listed(link.id), resetScroll: false })}
        empty={
          <EmptyState icon={IconLink} title={`This ${channels[report.channel].words.message} has no link`}>
            Links in the text are counted automatically; each recipient gets a short link of their own.
          </EmptyState>
        }
      />
    </Panel>
  )
}

function BotsLabel({ channel }: { channel: Channel }) {
  return (
    <Tooltip label={tooltipOf('botClicks', channel)} multiline w={280}>
      <span>{figure('botClicks').label}</span>
    </Tooltip>
  )
}

function LinkId({ id }: { id: number }) {
  return (
    <Group gap={4} wrap="nowrap">
      <span className="figures">{id}</span>
      <CopyButton value={String(id)}>
        {({ copied, copy }) => (
          <Tooltip label={copied ? 'Copied' : 'Copy link ID'}>
            <ActionIcon variant="subtle" color="gray" size="sm" onClick={copy} aria-label={`Copy link ID ${id}`}>
              {copied ? <IconCheck size={14} aria-hidden /> : <IconCopy size={14} aria-hidden />}
            </ActionIcon>
          </Tooltip>
        )}
      </CopyButton>
    </Group>
  )
}
