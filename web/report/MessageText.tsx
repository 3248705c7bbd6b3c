/** The text of an SMS as sent. Data tags and links, which differ for each profile, are marked. */
import { Tooltip } from '@mantine/core'
import { type Piece, parseTemplate, type Template } from '../../core/sms/template.ts'
import classes from './MessageText.module.css'

export function MessageText({ text, smart }: { text: string; smart: boolean }) {
  const template = parseTemplate(text, { smart })
  return (
    <p className={classes.bubble} dir="auto">
      {template.pieces.map((piece, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the text does not change, and its pieces have no other key
        <PieceText key={at} piece={piece} template={template} />
      ))}
    </p>
  )
}

function PieceText({ piece, template }: { piece: Piece; template: Template }) {
  if (piece.kind === 'text') return piece.text
  const [className, words, help] = markOf(piece, template)
  return (
    <Tooltip label={help}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: its meaning must be reachable by keyboard */}
      <span className={className} tabIndex={0}>
        {words}
      </span>
    </Tooltip>
  )
}

function markOf(
  piece: Exclude<Piece, { kind: 'text' }>,
  template: Template,
): [className: string | undefined, words: string, help: string] {
  if (piece.kind === 'tag')
    return [
      classes.tag,
      piece.name,
      piece.fallback === ''
        ? `The ${piece.name} of each profile. Empty if it has none.`
        : `The ${piece.name} of each profile. “${piece.fallback}” if it has none.`,
    ]
  if (piece.kind === 'link')
    return [classes.link, template.links[piece.slot]?.url ?? '', 'Each profile got its own short link to this address.']
  return [classes.link, 'Unsubscribe link', 'Each profile got its own unsubscribe link.']
}
