/**
 * Starts an export: announces it, lets the browser download the file by a plain link (constant memory), and shows its
 * progress on every page.
 */
import { notifications } from '@mantine/notifications'
import { answer, api } from '../../api/client.ts'
import { queryClient } from '../../api/queryClient.ts'
import { downloads } from '../../paths.ts'
import { download } from '../../ui/download.ts'
import { notifyProblem } from '../../ui/ErrorState.tsx'
import { ExportProgress } from './ExportProgress.tsx'
import { type ExportRequest, exportQuery, formatLabels } from './queries.ts'

export async function startExport(asked: ExportRequest): Promise<void> {
  const { workspace, activity, label, tab, filters, format, csv } = asked
  try {
    const announced = await answer(
      api.POST('/api/v1/workspaces/{w}/activities/{id}/exports', {
        params: { path: { w: workspace, id: Number(activity) } },
        body: { tab, format, ...filters },
      }),
    )
    queryClient.setQueryData(exportQuery(workspace, announced.id).queryKey, announced)
    const shown = `export ${announced.id}`
    const close = () => notifications.hide(shown)
    notifications.show({
      id: shown,
      role: 'region',
      'aria-label': `Export of ${label}, ${formatLabels[format]}`,
      title: `${label}, ${formatLabels[format]}`,
      message: (
        <ExportProgress
          workspace={workspace}
          id={announced.id}
          onAgain={() => {
            close()
            void startExport(asked)
          }}
        />
      ),
      autoClose: false,
      closeButtonProps: { 'aria-label': 'Close this message' },
    })
    download(downloads.list(workspace, activity, { tab, format, csv, filters, announced: announced.id }))
  } catch (error) {
    notifyProblem(error)
  }
}
