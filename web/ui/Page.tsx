/** The layout of a page: heading, actions, content. Sets the title of the browser tab. */
import { Box, Group, Stack, Text, Title } from '@mantine/core'
import { type ReactNode, useEffect } from 'react'

interface Props {
  title: string
  /** Above the heading: the back link. */
  back?: ReactNode
  /** Beside the heading. */
  aside?: ReactNode
  description?: ReactNode
  actions?: ReactNode
  /** Pixels; lists are wide, forms narrow. */
  width?: number
  children: ReactNode
}

const widest = 1200

export function Page({ title, back, aside, description, actions, width, children }: Props) {
  useEffect(() => {
    document.title = `${title} – Homing`
  }, [title])
  return (
    <Box maw={widest} mx="auto" px={{ base: 'md', sm: 'xl' }} py={{ base: 'md', sm: 'xl' }}>
      {/* Narrow pages begin at the same left edge as wide ones. */}
      <Stack gap="lg" maw={width}>
        <Stack gap={6}>
          {back}
          <Group justify="space-between" align="flex-start" gap="md">
            <Box style={{ flex: '1 1 260px', minWidth: 0 }}>
              <Group gap="md" align="center">
                <Title order={1} className="wrap-anywhere" dir="auto" lineClamp={3}>
                  {title}
                </Title>
                {aside}
              </Group>
              {description && (
                <Text c="dimmed" size="sm" mt={4} component="div" className="wrap-anywhere">
                  {description}
                </Text>
              )}
            </Box>
            {actions && <Group gap="sm">{actions}</Group>}
          </Group>
        </Stack>
        {children}
      </Stack>
    </Box>
  )
}
