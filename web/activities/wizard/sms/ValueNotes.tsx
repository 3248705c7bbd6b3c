/** What the values of data tags do to the text: gaps, values that stand for nothing, characters that cost; each with what helps. */
import { Button, Group, List, TextInput } from '@mantine/core'
import { useState } from 'react'
import { withDefault, withoutTag } from '../../../../core/sms/edit-tags.ts'
import { maxValueLength } from '../../../../core/sms/tag-values.ts'
import type { Template } from '../../../../core/sms/template.ts'
import { useWorkspace } from '../../../shell/me.ts'
import { count, credits } from '../../../ui/numbers.ts'
import type { TextCases } from './useTextCases.ts'
import { changeInPercent, gapOf, spacedName, usualDefault } from './valueNotes.ts'

interface Props {
  template: Template
  cases: TextCases | undefined
  onChange: (text: string) => void
}

type TagCases = TextCases['tags'][number]

export function ValueNotes({ template, cases, onChange }: Props) {
  const { defaultCountry } = useWorkspace()
  if (cases === undefined || cases.people === 0) return null
  const tags = cases.tags.filter(({ name }) => template.tags.includes(name))
  const notes = tags.flatMap(tag => [
    ...(tag.empty && hasGap(template, tag.name)
      ? [<Gap key={`gap ${tag.name}`} {...{ template, cases, tag, country: defaultCountry, onChange }} />]
      : []),
    ...tag.placeholders.map(({ value, people, isEmpty }) => (
      <List.Item key={`${tag.name} ${value}`} className="wrap-anywhere figures">
        {about(cases)}
        {peopleHave(people)} “{value}” as {spacedName(tag.name)}:{' '}
        {isEmpty ? 'it counts as empty.' : 'it is sent as it is. Correct the profiles or import them again.'}
      </List.Item>
    )),
    ...(tag.costly ? [<Costly key={`cost ${tag.name}`} {...{ template, cases, tag, onChange }} />] : []),
  ])
  if (notes.length === 0) return null
  return (
    <List size="sm" spacing={6} aria-label="Values of data tags">
      {notes}
    </List>
  )
}

const about = ({ isEstimate }: TextCases) => (isEstimate ? 'About ' : '')
const peopleHave = (people: number) => (people === 1 ? '1 person has' : `${count(people)} people have`)

/** Is there a tag of this name in the text itself without a default? */
const hasGap = ({ pieces }: Template, name: string) =>
  pieces.some(piece => piece.kind === 'tag' && piece.name === name && piece.fallback === '')

interface NoteProps {
  template: Template
  cases: TextCases
  tag: TagCases
  onChange: (text: string) => void
}

function Gap({ template, cases, tag: { name, empty }, country, onChange }: NoteProps & { country: string }) {
  const [fallback, setFallback] = useState(usualDefault(name, country))
  const attribute = spacedName(name)
  const people = empty?.people ?? 0
  return (
    <List.Item className="wrap-anywhere figures">
      {about(cases)}
      {count(people)} of {count(cases.people)} {people === 1 ? 'has' : 'have'} no {attribute}:{' '}
      {people === 1 ? 'this person gets' : 'they get'} “{gapOf(template, name)}”.
      <Group gap="xs" mt={4} align="center">
        <TextInput
          size="xs"
          w={150}
          aria-label={`Default for ${attribute}`}
          placeholder="Default"
          maxLength={maxValueLength}
          value={fallback}
          onChange={event => setFallback(event.currentTarget.value.replace(/##|\||\n/g, ''))}
        />
        <Button
          size="xs"
          variant="default"
          disabled={fallback.trim() === ''}
          onClick={() => onChange(withDefault(template.text, name, fallback.trim()))}
        >
          Set default
        </Button>
      </Group>
    </List.Item>
  )
}

function Costly({ template, cases, tag: { name, costly }, onChange }: NoteProps) {
  if (costly === null) return null
  const attribute = spacedName(name)
  return (
    <List.Item className="wrap-anywhere figures">
      {about(cases)}
      {costly.people === 1 ? '1 person costs' : `${count(costly.people)} people cost`} more because of characters in
      their {attribute}. Without it {credits(costly.credits)} instead of {credits(cases.credits)} credits (
      {changeInPercent(cases.credits, costly.credits)}).{' '}
      <Button size="compact-xs" variant="default" onClick={() => onChange(withoutTag(template.text, name))}>
        Leave out {attribute}
      </Button>
    </List.Item>
  )
}
