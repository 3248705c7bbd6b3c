/** A new import: choose a file, check its preview, map its columns, start. */
import { Stack } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { paths } from '../paths.ts'
import { useWorkspace } from '../shell/me.ts'
import { BackLink } from '../ui/BackLink.tsx'
import { ErrorState } from '../ui/ErrorState.tsx'
import { Page } from '../ui/Page.tsx'
import { FileDrop } from './FileDrop.tsx'
import { MappingForm } from './MappingForm.tsx'
import { previewImport } from './queries.ts'

export function NewImportPage() {
  const workspace = useWorkspace()
  const [file, setFile] = useState<File | null>(null)
  const preview = useMutation({ mutationFn: (chosen: File) => previewImport(workspace.id, chosen) })
  const choose = (chosen: File) => {
    setFile(chosen)
    preview.mutate(chosen)
  }
  return (
    <Page title="Import profiles" width={1040} back={<BackLink {...paths.imports(workspace.id)}>Imports</BackLink>}>
      <Stack>
        {preview.error && <ErrorState error={preview.error} />}
        {file && preview.data ? (
          <MappingForm
            key={file.name + file.lastModified}
            file={file}
            preview={preview.data}
            onOther={() => preview.reset()}
          />
        ) : (
          <FileDrop onFile={choose} busy={preview.isPending} />
        )}
      </Stack>
    </Page>
  )
}
