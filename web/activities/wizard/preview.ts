/**
 * The text as one profile would get it, before there is one: tags show their default, or their name where they have none;
 * links and the unsubscribe link are as long as they will be.
 */
import { type Piece, renderTemplate, type Template } from '../../../core/sms/template.ts'

/** Signs of a short link's code when the numbers are small (server/links/seal.ts). */
const codeLength = 11

export interface PreviewPiece {
  kind: Piece['kind']
  text: string
}

/** `linkUrl` is what short links begin with, without a slash at the end. */
export function previewPieces(template: Template, linkUrl: string): PreviewPiece[] {
  const link = sampleLink(linkUrl)
  return template.pieces.map(piece => {
    if (piece.kind === 'text') return { kind: piece.kind, text: piece.text }
    if (piece.kind === 'tag') return { kind: piece.kind, text: piece.fallback || `[${piece.name}]` }
    return { kind: piece.kind, text: link }
  })
}

/** What is counted: each tag with its default, or empty. */
export function previewText(template: Template, linkUrl: string): string {
  const link = sampleLink(linkUrl)
  return renderTemplate(template, {}, () => link, link)
}

function sampleLink(linkUrl: string): string {
  return `${linkUrl}/${'x'.repeat(codeLength)}`
}
