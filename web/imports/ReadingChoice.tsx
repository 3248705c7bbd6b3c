/**
 * How the file is read: the encoding of a text, the sheet of a workbook, and the line of the column names. All are detected and can be changed; the
 * columns below follow.
 */
import { Grid, Select } from '@mantine/core'
import { encodingNames, encodings } from '../../core/encodings.ts'
import type { ListReading, Preview } from './queries.ts'

interface Props {
  preview: Preview
  busy: boolean
  onChange: (reading: ListReading) => void
}

const encodingChoices = encodingNames.map(value => ({ value, label: encodings[value] }))
/** Titles above the column names are few. */
const mostLines = 20

export function ReadingChoice({ preview, busy, onChange }: Props) {
  const { format, sheet, sheets, encoding, headerLine, doubtfulHeader, ascii } = preview
  const line = format === 'xlsx' ? 'Row' : 'Line'
  const lines = Math.max(mostLines, headerLine)
  return (
    <Grid gap="md" mb="md">
      <Grid.Col span={{ base: 12, sm: 6 }}>
        {format === 'xlsx' ? (
          <Select
            label="Sheet"
            description={
              sheets.length > 1 ? 'The sheet of the workbook that contains the list.' : 'The only one of the workbook.'
            }
            searchable={sheets.length > 10}
            allowDeselect={false}
            disabled={busy || sheets.length < 2}
            data={sheets.map(({ name, hidden }) => ({ value: name, label: hidden ? `${name} (hidden)` : name }))}
            value={sheet}
            // The line of the column names is another one there.
            onChange={name => name !== null && onChange({ sheet: name })}
          />
        ) : (
          <Select
            label="Encoding"
            description={
              ascii
                ? 'Detected when the whole file is read, unless you choose one.'
                : 'If letters such as å, ł or ş look wrong below, choose another one.'
            }
            searchable
            allowDeselect={false}
            disabled={busy}
            data={encodingChoices}
            value={encoding}
            onChange={value => {
              const chosen = encodingNames.find(name => name === value)
              if (chosen !== undefined) onChange({ encoding: chosen, ...(format === 'csv' ? { headerLine } : {}) })
            }}
          />
        )}
      </Grid.Col>
      {format !== 'vcard' && (
        <Grid.Col span={{ base: 12, sm: 6 }}>
          <Select
            label="Column names"
            description={
              doubtfulHeader
                ? `This ${line.toLowerCase()} looks like data. If the file has no column names, choose that.`
                : `The ${line.toLowerCase()} that contains the names of the columns.`
            }
            allowDeselect={false}
            disabled={busy}
            data={[
              { value: '0', label: 'The file has no column names' },
              ...Array.from({ length: lines }, (_, i) => ({ value: String(i + 1), label: `${line} ${i + 1}` })),
            ]}
            value={String(headerLine)}
            onChange={value => {
              if (value === null) return
              onChange({
                headerLine: Number(value),
                ...(ascii ? {} : { encoding }),
                ...(sheet === null ? {} : { sheet }),
              })
            }}
          />
        </Grid.Col>
      )}
    </Grid>
  )
}
