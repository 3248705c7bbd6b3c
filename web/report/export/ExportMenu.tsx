/** Takes the list of the open tab along: in which format, and how many profiles that is. On pages without a list it is that of Sent. */
import { Button, Checkbox, Menu, SegmentedControl, Stack, Text } from '@mantine/core'
import { useLocalStorage } from '@mantine/hooks'
import { IconDownload, IconFileSpreadsheet, IconFileTypeCsv } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { tab as tabOf } from '../../../core/report/tabs.ts'
import type { ReportTab } from '../../routes.tsx'
import { plural } from '../../ui/numbers.ts'
import type { Report } from '../queries.ts'
import type { CsvChoice } from './queries.ts'
import { startExport } from './startExport.tsx'

interface Props {
  workspace: number
  report: Report
  tab: ReportTab
  /** in Clicks: the profiles of this link only */
  link: number | undefined
}

const separators = [
  { value: 'comma', label: 'Comma' },
  { value: 'semicolon', label: 'Semicolon' },
  { value: 'tab', label: 'Tab' },
] as const

export function ExportMenu({ workspace, report, tab, link }: Props) {
  const [csv, setCsv] = useLocalStorage<CsvChoice>({
    key: 'homing-csv',
    defaultValue: { separator: 'comma', sepLine: false },
  })
  const words = tabOf(tab) ?? tabOf('sent')
  if (!words) return null
  const { key } = words
  const chosen = key === 'clicks' ? report.links.find(({ id }) => id === link) : undefined
  const rows = chosen ? chosen.unique : report.figures[words.figure]
  const label = chosen ? `Clicks on link ${chosen.id}` : words.label
  const start = (format: 'csv' | 'xlsx') =>
    startExport({
      workspace,
      activity: report.activity,
      label,
      tab: key,
      format,
      csv,
      ...(chosen && { link: chosen.id }),
    })
  const item = (format: 'csv' | 'xlsx', name: string, icon: ReactNode) => (
    <Menu.Item leftSection={icon} onClick={() => start(format)}>
      {name}
      <Text size="xs" className="figures">
        {label}: {plural(rows, 'profile')}
      </Text>
    </Menu.Item>
  )
  return (
    <Menu position="bottom-end" width={270} withinPortal={false} withInitialFocusPlaceholder={false}>
      <Menu.Target>
        <Button leftSection={<IconDownload size={16} aria-hidden />}>Export</Button>
      </Menu.Target>
      <Menu.Dropdown>
        {item('csv', 'CSV', <IconFileTypeCsv size={18} aria-hidden />)}
        <Stack gap={6} px="sm" pb="xs">
          <Text size="xs" c="dimmed" id="csv-separator">
            List separator of the CSV
          </Text>
          <SegmentedControl
            size="xs"
            fullWidth
            aria-labelledby="csv-separator"
            data={[...separators]}
            value={csv.separator}
            onChange={separator => setCsv({ ...csv, separator })}
          />
          <Checkbox
            size="xs"
            label="First line tells Excel the separator"
            checked={csv.sepLine}
            onChange={event => setCsv({ ...csv, sepLine: event.currentTarget.checked })}
          />
        </Stack>
        <Menu.Divider />
        {item('xlsx', 'Excel (XLSX)', <IconFileSpreadsheet size={18} aria-hidden />)}
      </Menu.Dropdown>
    </Menu>
  )
}
