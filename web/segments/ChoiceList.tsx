/** The conditions to choose from: searched, or walked by sections. Enter in the search takes the first. */
import { Button, Stack, Text, TextInput } from '@mantine/core'
import { IconPlus, IconSearch } from '@tabler/icons-react'
import { useState } from 'react'
import classes from './Builder.module.css'
import { useBuilder } from './builder.ts'
import { type ConditionChoice, choicesOf, found } from './choices.ts'

interface Props {
  onChoose: (choice: ConditionChoice) => void
  /** takes the focus: in a dialog */
  isFirst?: boolean
}

export function ChoiceList({ onChoose, isFirst = false }: Props) {
  const { attributes, isReadOnly } = useBuilder()
  const [search, setSearch] = useState('')
  const choices = found(choicesOf(attributes), search)
  const sections = [...new Set(choices.map(({ section }) => section))]
  return (
    <Stack gap="sm">
      <TextInput
        type="search"
        label="Find a condition"
        placeholder="Clicked, topic, City …"
        size="sm"
        value={search}
        disabled={isReadOnly}
        maxLength={100}
        onChange={event => setSearch(event.currentTarget.value)}
        onKeyDown={event => {
          const [first] = choices
          if (event.key !== 'Enter' || search.trim() === '' || first === undefined) return
          event.preventDefault()
          setSearch('')
          onChoose(first)
        }}
        leftSection={<IconSearch size={16} aria-hidden />}
        {...(isFirst && { 'data-autofocus': true })}
      />
      {choices.length === 0 && (
        <Text size="sm" c="dimmed">
          No condition matches “{search}”. Attributes appear here after an import has brought them.
        </Text>
      )}
      {sections.map(section => (
        <section key={section} aria-label={section}>
          <Text size="xs" fw={600} c="dimmed" mb={4}>
            {section}
          </Text>
          <div className={classes.choices}>
            {choices
              .filter(choice => choice.section === section)
              .map(choice => (
                <Button
                  key={choice.key}
                  size="compact-sm"
                  variant="default"
                  justify="flex-start"
                  disabled={isReadOnly}
                  leftSection={<IconPlus size={13} aria-hidden />}
                  onClick={() => onChoose(choice)}
                  classNames={{ label: classes.choice }}
                >
                  {choice.label}
                </Button>
              ))}
          </div>
        </section>
      ))}
    </Stack>
  )
}
