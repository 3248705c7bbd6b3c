/** The look: one accent, neutral greys, system fonts, tabular figures. Colours of states are in ui/status.ts. */
import { type CSSVariablesResolver, createTheme } from '@mantine/core'

export const theme = createTheme({
  primaryColor: 'indigo',
  // Shade 7 and 8 give white text a contrast above 4.5 : 1.
  primaryShade: { light: 7, dark: 8 },
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif',
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace',
  defaultRadius: 'md',
  cursorType: 'pointer',
  respectReducedMotion: true,
  headings: {
    fontWeight: '600',
    sizes: {
      h1: { fontSize: '1.5rem', lineHeight: '1.3' },
      h2: { fontSize: '1.0625rem', lineHeight: '1.4' },
      h3: { fontSize: '0.9375rem', lineHeight: '1.4' },
    },
  },
  components: {
    Tooltip: {
      defaultProps: {
        multiline: true,
        maw: 320,
        withArrow: true,
        openDelay: 150,
        events: { hover: true, focus: true, touch: true },
      },
    },
    Button: { defaultProps: { size: 'sm' } },
    Paper: { defaultProps: { radius: 'md' } },
  },
})

/** Mantine's dimmed text is below 4.5 : 1 on white; here it is above in both schemes. */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-dimmed': '#5b6472',
    '--mantine-color-placeholder': '#6b7480',
    '--mantine-color-error': '#c92a2a',
    '--homing-line': 'var(--mantine-color-gray-3)',
    '--homing-soft': 'var(--mantine-color-gray-0)',
    '--homing-hover': 'var(--mantine-color-gray-1)',
  },
  dark: {
    '--mantine-color-dimmed': '#a3abb8',
    '--mantine-color-placeholder': '#8b94a3',
    '--mantine-color-error': '#ff8787',
    '--homing-line': 'var(--mantine-color-dark-4)',
    '--homing-soft': 'var(--mantine-color-dark-8)',
    '--homing-hover': 'var(--mantine-color-dark-6)',
  },
})
