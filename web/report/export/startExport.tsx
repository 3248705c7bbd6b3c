/**
 * Starts an export: announces it, lets the browser download the file by a plain link (constant memory), and shows its
 * progress on every page.
 */
import { notifications } from '@mantine/notifications'
import { answer, api } from '../../api/client.ts'
import { queryClient } from '../../api/queryClient.ts'
import { downloads } from '../../paths.ts'
import { notifyProblem } from '../../ui/ErrorState.tsx'
import { ExportProgress } from './ExportProgress.tsx'
import { type Asked, exportQuery, formatLabels } from './queries.ts'

export async function startExport(asked: Asked): Promise<void> {
  const { workspace, activity, label, tab, format, link, csv } = asked
  try {
    const announced = await answer(
      api.POST('/api/v1/workspaces/{w}/activities/{id}/exports', {
        params: { path: { w: workspace, id: Number(activity) } },
        body: { tab, format, ...(link && { link }) },
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
    receive(downloads.list(workspace, activity, { tab, format, csv, link, announced: announced.id }))
  } catch (error) {
    notifyProblem(error)
  }
}

/** Starts a download as a click on its link would. */
function receive(href: string) {
  const anchor = document.createElement('a')
  anchor.href = href
  anchor.download = ''
  document.body.append(anchor)
  anchor.click()
  anchor.remove()
}
