/** Takes a file by drag and drop or by a button. */
import { Button, FileButton, Stack, Text } from '@mantine/core'
import { IconFileSpreadsheet } from '@tabler/icons-react'
import { type DragEvent, type ReactNode, useState } from 'react'
import classes from './FileDrop.module.css'

interface Props {
  onFile: (file: File) => void
  busy: boolean
  /** what a file may be */
  children: ReactNode
}

export function FileDrop({ onFile, busy, children }: Props) {
  const [over, setOver] = useState(false)
  const drop = (event: DragEvent) => {
    event.preventDefault()
    setOver(false)
    const file = event.dataTransfer.files[0]
    if (file && !busy) onFile(file)
  }
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the button inside does the same by keyboard
    <div
      className={classes.drop}
      data-over={over || undefined}
      onDragOver={event => {
        event.preventDefault()
        setOver(true)
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <Stack align="center" gap="xs">
        <IconFileSpreadsheet size={36} stroke={1.3} aria-hidden />
        <Text fw={600}>Drop a list here</Text>
        <Text size="sm" c="dimmed" ta="center" maw={420}>
          {children}
        </Text>
        <FileButton
          accept=".xlsx,.xlsm,.csv,.txt,.tsv,.vcf,.vcard,text/csv,text/plain,text/vcard,application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
          onChange={file => file && onFile(file)}
          inputProps={{ 'aria-label': 'Excel, vCard or CSV file' }}
        >
          {props => (
            <Button {...props} variant="default" mt="xs" loading={busy}>
              Choose a file
            </Button>
          )}
        </FileButton>
      </Stack>
    </div>
  )
}
