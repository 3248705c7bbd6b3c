/**
 * The look: one accent, neutral greys, system fonts, tabular figures. Three layers in both schemes: the ground of a page, the surfaces on it
 * (panels, tables, inputs) and what floats (menus, dialogs), told apart by shade and border. Colours of states are in ui/status.ts.
 */
import { type CSSVariablesResolver, createTheme, type MantineColorsTuple } from '@mantine/core'

/** The slate blue of a homing pigeon. No state has this colour. */
const pigeon: MantineColorsTuple = [
  '#eef6f9',
  '#d8e9f0',
  '#b2d3e0',
  '#84b9cd',
  '#569cb6',
  '#35819d',
  '#246b87',
  '#1a5770',
  '#144559',
  '#0e3342',
]

/** Greys with a trace of the accent, from text (0) to the deepest ground (9). */
const dark: MantineColorsTuple = [
  '#dfe4e9',
  '#bcc5ce',
  '#97a2ae',
  '#6d7986',
  '#35404b',
  '#29333d',
  '#1f2830',
  '#182027',
  '#11171d',
  '#0b1015',
]

export const theme = createTheme({
  colors: { pigeon, dark },
  primaryColor: 'pigeon',
  // White text on these has a contrast above 4.5 : 1.
  primaryShade: { light: 7, dark: 6 },
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif',
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace',
  defaultRadius: 'md',
  radius: { sm: '4px', md: '6px', lg: '10px' },
  cursorType: 'pointer',
  respectReducedMotion: true,
  headings: {
    fontWeight: '650',
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
    Button: { defaultProps: { size: 'sm', fw: 550 } },
    // Its element would be a second banner of the page.
    ModalHeader: { defaultProps: { role: 'presentation' } },
    Paper: { defaultProps: { radius: 'lg', shadow: 'none' } },
  },
})

/** Mantine's dimmed text is below 4.5 : 1 on white, and white text on its red too; here both are above on every layer of both schemes. */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-text': '#16202a',
    '--mantine-color-dimmed': '#57616e',
    '--mantine-color-placeholder': '#6b7480',
    '--mantine-color-error': '#c92a2a',
    '--mantine-color-red-filled': '#c92a2a',
    '--mantine-color-red-filled-hover': '#b02525',
    '--mantine-color-anchor': 'var(--mantine-color-pigeon-7)',
    '--homing-ground': '#f5f7f8',
    '--homing-side': '#eceff2',
    '--homing-line': '#dce1e6',
    '--homing-soft': '#f5f7f8',
    '--homing-hover': '#e9edf0',
    '--homing-track': '#e4e8ec',
    '--homing-grey-bar': '#7b8794',
  },
  dark: {
    '--mantine-color-body': 'var(--mantine-color-dark-7)',
    '--mantine-color-dimmed': '#a0abb7',
    '--mantine-color-placeholder': '#8b96a3',
    '--mantine-color-error': '#ff8787',
    '--mantine-color-red-filled': '#c92a2a',
    '--mantine-color-red-filled-hover': '#b02525',
    '--mantine-color-anchor': 'var(--mantine-color-pigeon-3)',
    // Selected: lighter than what is around it, as in the light scheme it is darker.
    '--mantine-color-pigeon-light': '#1d3a49',
    '--mantine-color-pigeon-light-hover': '#244656',
    '--mantine-color-pigeon-light-color': 'var(--mantine-color-pigeon-1)',
    '--homing-ground': 'var(--mantine-color-dark-8)',
    '--homing-side': 'var(--mantine-color-dark-9)',
    '--homing-line': '#2c3741',
    '--homing-soft': 'var(--mantine-color-dark-6)',
    '--homing-hover': 'var(--mantine-color-dark-5)',
    '--homing-track': '#313c47',
    '--homing-grey-bar': '#8a96a3',
  },
})
