/** The text of an SMS as it was sent, with what was different for each profile marked: data tags and links. */
import { Tooltip } from '@mantine/core'
import { type Piece, parseTemplate, type Template } from '../../core/sms/template.ts'
import classes from './MessageText.module.css'

export function MessageText({ text, smart }: { text: string; smart: boolean }) {
  const template = parseTemplate(text, { smart })
  return (
    <p className={classes.bubble} dir="auto">
      {template.pieces.map((piece, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a text does not change, and has nothing else to tell its pieces by
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
        ? `Each profile's own ${piece.name}; empty if the profile has none.`
        : `Each profile's own ${piece.name}; “${piece.fallback}” if the profile has none.`,
    ]
  if (piece.kind === 'link')
    return [
      classes.link,
      template.links[piece.slot]?.url ?? '',
      'Each profile got a short link of its own to this address.',
    ]
  return [classes.link, 'Unsubscribe link', 'Each profile got a link of its own to opt out.']
}
