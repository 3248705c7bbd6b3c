/** Exports the list that the page shows, with its filters. */
import type { ReportSearch } from '../../search.ts'
import { ExportMenu } from '../../ui/ExportMenu.tsx'
import { plural } from '../../ui/numbers.ts'
import type { Report } from '../queries.ts'
import { exportedList } from './exportedList.ts'
import { startExport } from './startExport.tsx'

interface Props {
  workspace: number
  report: Report
  shown: ReportSearch
}

export function ExportList({ workspace, report, shown }: Props) {
  const list = exportedList(report, shown)
  if (!list) return null
  const { tab, label, rows, filters } = list
  const withoutBots = tab.key === 'clicks' && shown.bots ? ', without suspected bots' : ''
  return (
    <ExportMenu
      holds={`${rows === null ? label : `${label}: ${plural(rows, 'profile')}`}${withoutBots}`}
      onChoose={(format, csv) =>
        startExport({ workspace, activity: report.activity, label, tab: tab.key, filters, format, csv })
      }
    />
  )
}
