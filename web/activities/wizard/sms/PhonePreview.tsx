/** The SMS on a phone, with the values of a profile or with the defaults. */
import { Text } from '@mantine/core'
import type { Vars } from '../../../../core/sms/tag-values.ts'
import type { Template } from '../../../../core/sms/template.ts'
import { useLinkUrl } from '../../../shell/installation.ts'
import classes from './PhonePreview.module.css'
import { previewPieces } from './preview.ts'

interface Props {
  sender: string
  template: Template
  /** null: the defaults */
  vars: Vars | null
  /** below the text */
  note: string
}

export function PhonePreview({ sender, template, vars, note }: Props) {
  const pieces = previewPieces(template, useLinkUrl(), vars)
  return (
    <figure className={classes.phone} aria-label="Preview on a phone">
      <Text component="figcaption" size="sm" fw={600} ta="center" className="wrap-anywhere">
        {sender.trim() || 'Sender'}
      </Text>
      {/* The rest of a long text is reached by the keyboard too. */}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls */}
      <div className={classes.bubble} dir="auto" tabIndex={0}>
        {pieces.length === 0 ? (
          <Text span inherit c="dimmed">
            The text appears here.
          </Text>
        ) : (
          pieces.map(({ kind, text }, at) => (
            <span
              key={`${at.toString()} ${kind}`}
              className={kind === 'text' ? undefined : kind === 'tag' ? classes.tag : classes.link}
            >
              {text}
            </span>
          ))
        )}
      </div>
      <Text size="xs" c="dimmed" ta="center" className="figures">
        {note}
      </Text>
    </figure>
  )
}
