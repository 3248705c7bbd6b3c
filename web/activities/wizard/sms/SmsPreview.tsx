/** The preview beside the overview. */

import type { StepProps } from '../channelPages.ts'
import { PreviewPanel } from './PreviewPanel.tsx'
import { smsDraft } from './smsDraft.ts'
import { useTemplate } from './useTemplate.ts'

export function SmsPreview({ activity, ...props }: StepProps) {
  const draft = smsDraft(props.draft)
  const { template } = useTemplate(draft)
  return <PreviewPanel draft={draft} activity={activity} template={template} />
}
