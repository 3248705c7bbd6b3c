/** A line with an arrow that unfolds its details. */
import { Button, Collapse, Stack } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconChevronDown, IconChevronRight } from '@tabler/icons-react'
import { type ReactNode, useId } from 'react'

interface Props {
  label: ReactNode
  /** For users who cannot see the context. */
  'aria-label'?: string
  /** Unfolded from the beginning. */
  unfolded?: boolean
  children: ReactNode
}

export function Unfold({ label, unfolded = false, children, ...rest }: Props) {
  const [opened, { toggle }] = useDisclosure(unfolded)
  const id = useId()
  const Arrow = opened ? IconChevronDown : IconChevronRight
  return (
    <>
      <Button
        variant="default"
        size="compact-sm"
        mt={-2}
        maw="100%"
        rightSection={<Arrow size={14} aria-hidden />}
        aria-expanded={opened}
        aria-controls={id}
        onClick={toggle}
        {...rest}
      >
        {label}
      </Button>
      <Collapse expanded={opened} id={id}>
        {/* What is folded away is not there: a long table costs nothing until it is asked for. */}
        <Stack pt="sm">{opened && children}</Stack>
      </Collapse>
    </>
  )
}
