/** A new import: choose a file, check its preview, map its columns, start. */
import { Stack } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { paths } from '../paths.ts'
import { FormFor } from '../shell/may.tsx'
import { useWorkspace } from '../shell/me.ts'
import { BackLink } from '../ui/BackLink.tsx'
import { ErrorState } from '../ui/ErrorState.tsx'
import { Page } from '../ui/Page.tsx'
import { FileDrop } from './FileDrop.tsx'
import { MappingForm } from './MappingForm.tsx'
import { type ListReading, type Preview, previewImport, readingOf } from './queries.ts'

export function NewImportPage() {
  const workspace = useWorkspace()
  const [chosen, setChosen] = useState<{ file: File; reading: ListReading } | null>(null)
  const [shown, setShown] = useState<{ file: File; reading: ListReading; preview: Preview; times: number } | null>(null)
  const preview = useMutation({
    mutationFn: ({ file, reading }: { file: File; reading: ListReading }) => previewImport(workspace.id, file, reading),
    // The last one stays while another reading is fetched, and where that fails.
    onSuccess: (found, { file, reading }) =>
      setShown(before => ({ file, reading, preview: found, times: (before?.times ?? 0) + 1 })),
  })
  const choose = (file: File, reading: ListReading = {}) => {
    setChosen({ file, reading })
    preview.mutate({ file, reading })
  }
  return (
    <Page title="Import profiles" width={1040} back={<BackLink {...paths.imports(workspace.id)}>Imports</BackLink>}>
      <Stack>
        <FormFor operation="startImport">
          {preview.error && <ErrorState error={preview.error} />}
          {chosen && shown?.file === chosen.file ? (
            <MappingForm
              key={shown.times}
              file={shown.file}
              preview={shown.preview}
              reading={readingOf(shown.preview, shown.reading)}
              busy={preview.isPending}
              onReading={reading => choose(shown.file, reading)}
              onOther={() => {
                setChosen(null)
                setShown(null)
                preview.reset()
              }}
            />
          ) : (
            <FileDrop onFile={file => choose(file)} busy={preview.isPending}>
              Excel (XLSX), CSV, or contacts (vCard). The first line should contain the column names.
            </FileDrop>
          )}
        </FormFor>
      </Stack>
    </Page>
  )
}
