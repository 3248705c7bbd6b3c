/** What is wrong with the text, and what is probably not meant in it, each with the change that fixes it. */
import { Button, Group, List, Text } from '@mantine/core'
import { Problem } from '../../../../core/problems.ts'
import { type Correction, corrected } from '../../../../core/sms/correction.ts'
import { type Hint, hintSentence } from '../../../../core/sms/hints.ts'
import type { Template } from '../../../../core/sms/template.ts'

const shown = 8

interface Props {
  template: Template
  onChange: (text: string) => void
}

export function TextNotes({ template, onChange }: Props) {
  const { problems, hints } = template
  const fix = (...corrections: (Correction | undefined)[]) =>
    onChange(
      corrected(
        template.text,
        corrections.filter(one => one !== undefined),
      ),
    )
  const invisible = hints.filter(({ kind }) => kind === 'invisible')
  const others = hints.filter(({ kind }) => kind !== 'invisible')
  return (
    <>
      {problems.length > 0 && (
        <List size="sm" spacing={4} c="var(--mantine-color-error)" aria-label="Problems with the text">
          {problems.slice(0, shown).map(({ code, index, details, correction }) => (
            <List.Item key={`${code} ${index}`} className="wrap-anywhere">
              {new Problem(code, details).message} <Fix correction={correction} onFix={fix} />
            </List.Item>
          ))}
          {problems.length > shown && <List.Item>And {problems.length - shown} more like these.</List.Item>}
        </List>
      )}
      {hints.length > 0 && (
        <List size="sm" spacing={4} mt={problems.length > 0 ? 6 : 0} aria-label="Hints for the text">
          {invisible.length > 0 && (
            <List.Item className="wrap-anywhere">
              {invisibleSentence(invisible)}{' '}
              <FixButton
                label={invisible.length === 1 ? 'Remove it' : `Remove all ${invisible.length}`}
                onClick={() => fix(...invisible.map(({ correction }) => correction))}
              />
            </List.Item>
          )}
          {others.slice(0, shown).map(hint => (
            <List.Item key={`${hint.kind} ${hint.index}`} className="wrap-anywhere">
              {hintSentence(hint)} <Fix correction={hint.correction} onFix={fix} />
            </List.Item>
          ))}
        </List>
      )}
    </>
  )
}

function invisibleSentence(found: readonly Hint[]): string {
  const first = found.slice(0, 5).map(({ written, index }) => `${written} at ${index + 1}`)
  const rest = found.length - first.length
  return `Invisible characters: ${first.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}.`
}

function Fix({ correction, onFix }: { correction: Correction | undefined; onFix: (correction: Correction) => void }) {
  return correction && <FixButton label={labelOf(correction)} onClick={() => onFix(correction)} />
}

function FixButton({ label, onClick }: { label: string; onClick: () => void }) {
  return (
    <Button size="compact-xs" variant="default" onClick={onClick} maw="100%">
      <Group component="span" gap={0} wrap="nowrap">
        <Text span inherit truncate>
          {label}
        </Text>
      </Group>
    </Button>
  )
}

function labelOf({ text, length }: Correction): string {
  if (text === ' ' && length === 0) return 'Insert a space'
  if (text === '') return 'Remove'
  return length === 0 ? `Add ${text}` : `Use ${text}`
}
