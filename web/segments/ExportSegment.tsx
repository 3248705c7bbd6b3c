/** The people of a saved segment as a file. */
import { downloads } from '../paths.ts'
import { useWorkspace } from '../shell/me.ts'
import { download } from '../ui/download.ts'
import { ExportMenu } from '../ui/ExportMenu.tsx'

/** `isEdited`: the page shows changes that the file does not have. */
export function ExportSegment({ id, holds, isEdited = false }: { id: number; holds: string; isEdited?: boolean }) {
  const workspace = useWorkspace()
  return (
    <ExportMenu
      variant="default"
      holds={isEdited ? `${holds}, as saved: without your changes` : holds}
      onChoose={(format, csv) => download(downloads.segment(workspace.id, id, { format, ...csv }))}
    />
  )
}
