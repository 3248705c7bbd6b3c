/** The preview beside the overview. */
import type { StepProps } from '../channelPages.ts'
import { PreviewPanel } from './PreviewPanel.tsx'
import { useTemplate } from './useTemplate.ts'

export function SmsPreview({ draft, activity }: StepProps) {
  const { template } = useTemplate(draft)
  return <PreviewPanel draft={draft} activity={activity} template={template} />
}
