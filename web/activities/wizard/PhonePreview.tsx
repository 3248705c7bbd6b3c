/** The SMS on a phone, as somebody of whom we know nothing would get it. */
import { Text } from '@mantine/core'
import type { Template } from '../../../core/sms/template.ts'
import { useLinkUrl } from '../../shell/installation.ts'
import classes from './PhonePreview.module.css'
import { previewPieces } from './preview.ts'

export function PhonePreview({ sender, template }: { sender: string; template: Template }) {
  const pieces = previewPieces(template, useLinkUrl())
  return (
    <figure className={classes.phone} aria-label="Preview on a phone">
      <Text component="figcaption" size="sm" fw={600} ta="center" className="wrap-anywhere">
        {sender.trim() || 'Sender'}
      </Text>
      <div className={classes.bubble} dir="auto">
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
      <Text size="xs" c="dimmed" ta="center">
        Tags show their default. Each recipient gets own short links of this length.
      </Text>
    </figure>
  )
}
