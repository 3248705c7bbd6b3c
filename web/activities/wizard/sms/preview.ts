/**
 * The text as a recipient gets it: with the values of a profile, or before one is chosen with each tag's default (its name
 * where it has none). Links and the unsubscribe link are as long as they will be.
 */
import { profileFields } from '../../../../core/activities/tags.ts'
import { cleanValue, type Vars } from '../../../../core/sms/tag-values.ts'
import { type Piece, renderTemplate, type Template } from '../../../../core/sms/template.ts'
import type { ProfileView } from '../../../profiles/queries.ts'

/** Characters of a short link's code while the numbers are small (server/links/seal.ts). */
const codeLength = 11

export interface PreviewPiece {
  kind: Piece['kind']
  text: string
}

/** `linkUrl` is what short links begin with, without a slash at the end. `vars`: null shows the defaults. */
export function previewPieces(template: Template, linkUrl: string, vars: Vars | null = null): PreviewPiece[] {
  const link = sampleLink(linkUrl)
  return template.pieces.map(piece => {
    if (piece.kind === 'text') return { kind: piece.kind, text: piece.text }
    if (piece.kind !== 'tag') return { kind: piece.kind, text: link }
    const value = vars === null ? '' : cleanValue(vars[piece.name], template.smart)
    return { kind: piece.kind, text: value || piece.fallback || (vars === null ? `[${piece.name}]` : '') }
  })
}

/** What is counted: each tag with its value, else its default, or empty. */
export function previewText(template: Template, linkUrl: string, vars: Vars = {}): string {
  const link = sampleLink(linkUrl)
  return renderTemplate(template, vars, () => link, link)
}

export function sampleLink(linkUrl: string): string {
  return `${linkUrl}/${'x'.repeat(codeLength)}`
}

/** The values of a profile by the names of the data tags. */
export function varsOf(profile: ProfileView['profile']): Vars {
  const fields = Object.entries(profileFields).map(([tag, field]) => [tag, profile[field]] as const)
  return { ...profile.attributes, ...Object.fromEntries(fields) }
}
