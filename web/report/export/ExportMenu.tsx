/** Exports the list of the open tab: format, and number of profiles. On tabs without a list it exports Sent. */
import { Button, Menu, Text } from '@mantine/core'
import { useLocalStorage } from '@mantine/hooks'
import { IconDownload, IconFileSpreadsheet, IconFileTypeCsv, IconSquare, IconSquareCheck } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { tab as tabOf } from '../../../core/report/tabs.ts'
import type { ReportTab } from '../../search.ts'
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
        {item('xlsx', 'Excel (XLSX)', <IconFileSpreadsheet size={18} aria-hidden />)}
        <Menu.Divider />
        {/* biome-ignore lint/a11y/useSemanticElements: a menu has groups, not field sets */}
        <div role="group" aria-labelledby="csv-separator">
          <Menu.Label id="csv-separator">CSV separator</Menu.Label>
          <Menu.RadioGroup
            value={csv.separator}
            onChange={value => {
              const chosen = separators.find(one => one.value === value)
              if (chosen) setCsv({ ...csv, separator: chosen.value })
            }}
          >
            {separators.map(({ value, label }) => (
              <Menu.RadioItem key={value} value={value}>
                {label}
              </Menu.RadioItem>
            ))}
          </Menu.RadioGroup>
        </div>
        <Menu.Divider />
        <Menu.CheckboxItem
          checked={csv.sepLine}
          onChange={sepLine => setCsv({ ...csv, sepLine })}
          checkIcon={<span />}
          rightSection={csv.sepLine ? <IconSquareCheck size={18} aria-hidden /> : <IconSquare size={18} aria-hidden />}
        >
          Add a first line that tells Excel the separator
        </Menu.CheckboxItem>
      </Menu.Dropdown>
    </Menu>
  )
}
