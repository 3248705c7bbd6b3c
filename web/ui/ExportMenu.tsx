/** The menu of an export: CSV or Excel, each with what the file will hold; and how a CSV is written, remembered by the browser. */
import { Button, type ButtonProps, Menu, Text } from '@mantine/core'
import { useLocalStorage } from '@mantine/hooks'
import { IconDownload, IconFileSpreadsheet, IconFileTypeCsv, IconSquare, IconSquareCheck } from '@tabler/icons-react'
import type { ReactNode } from 'react'

/** How a CSV is written. */
export interface CsvChoice {
  separator: 'comma' | 'semicolon' | 'tab'
  /** start with the line sep=…, which Excel reads */
  sepLine: boolean
}

export type FileFormat = 'csv' | 'xlsx'

interface Props {
  /** what the file will hold: "Sent: 8,757 profiles" */
  holds: ReactNode
  variant?: ButtonProps['variant']
  onChoose: (format: FileFormat, csv: CsvChoice) => void
}

const separators = [
  { value: 'comma', label: 'Comma' },
  { value: 'semicolon', label: 'Semicolon' },
  { value: 'tab', label: 'Tab' },
] as const

export function ExportMenu({ holds, variant = 'filled', onChoose }: Props) {
  const [csv, setCsv] = useLocalStorage<CsvChoice>({
    key: 'homing-csv',
    defaultValue: { separator: 'comma', sepLine: false },
  })
  const item = (format: FileFormat, name: string, icon: ReactNode) => (
    <Menu.Item leftSection={icon} onClick={() => onChoose(format, csv)}>
      {name}
      <Text size="xs" className="figures wrap-anywhere">
        {holds}
      </Text>
    </Menu.Item>
  )
  return (
    <Menu position="bottom-end" width={270} withinPortal={false} withInitialFocusPlaceholder={false}>
      <Menu.Target>
        <Button variant={variant} leftSection={<IconDownload size={16} aria-hidden />}>
          Export
        </Button>
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
