/** The sources of opt-outs and consents, in a marketer's words. */
import type { ProfileView } from './queries.ts'

const hows: Record<string, string> = {
  link: 'by the unsubscribe link',
  keyword: 'by an SMS',
  provider: 'through their operator',
  import: 'by an import',
  person: 'by hand',
}

export function optOutHow({ source, text }: ProfileView['optOuts'][number]): string {
  const how = hows[source] ?? `by ${source}`
  return text ? `${how} (“${text.slice(0, 60)}”)` : how
}

/** The recorded source with its evidence: "import of list.csv, line 12: “Ja”". */
export function evidenceOf({ source, evidence }: Pick<ProfileView['consents'][number], 'source' | 'evidence'>): string {
  const { file, line, value, via, how, asked } = evidence
  if (source === 'erased') return 'overwritten when the profile was erased'
  if (source === 'import')
    return [file ? `import of ${file}` : 'import', line ? `, line ${line}` : '', value ? `: “${value}”` : ''].join('')
  if (via === 'hand') return `by hand: ${how ?? ''} (${asked ?? 'the person'})`
  return via === 'api' ? `${source} (API)` : source
}
