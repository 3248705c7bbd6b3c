/** A bordered part of a page with its heading. */
import { Box, Group, Paper, Text, Title } from '@mantine/core'
import { type ReactNode, useId } from 'react'

interface Props {
  title?: string
  description?: string
  aside?: ReactNode
  children: ReactNode
}

export function Panel({ title, description, aside, children }: Props) {
  const id = useId()
  return (
    <Paper component="section" withBorder p={{ base: 'md', sm: 'lg' }} aria-labelledby={title ? id : undefined}>
      {title && (
        <Group justify="space-between" mb="md" align="flex-start">
          <Box>
            <Title order={2} id={id}>
              {title}
            </Title>
            {description && (
              <Text size="sm" c="dimmed">
                {description}
              </Text>
            )}
          </Box>
          {aside}
        </Group>
      )}
      {children}
    </Paper>
  )
}
