// The look: colours, sizes and component defaults of the whole page.
//
// Mantine's stock shades fail WCAG AA in places; the shades and the dimmed colour here are chosen so that text
// stands at 4.5:1 or more in light and dark. Components take these tokens; no page names a colour of its own.
// Not here: which colour a run's status has (`components/status.ts`).

import { type CSSVariablesResolver, createTheme, type MantineColorsTuple } from '@mantine/core';
import { t } from '../i18n';

/** The product's own colour: a calm blue-green. */
const tide: MantineColorsTuple = [
  '#e8f8f9',
  '#d3eef0',
  '#a5dce0',
  '#75cad0',
  '#50bac2',
  '#3ab1ba',
  '#2aa1aa',
  '#0b7480',
  '#08626c',
  '#044f58',
];

/** Red that white text and thin outlines can stand on. */
const coral: MantineColorsTuple = [
  '#fdeeee',
  '#fadcdc',
  '#f2b6b8',
  '#ea8d90',
  '#e3696d',
  '#d94a4f',
  '#cd353b',
  '#c0262d',
  '#a51e25',
  '#87151b',
];

/** Greys of the dark, as bluish as the surfaces that they stand on. */
const night: MantineColorsTuple = [
  '#d0d5da',
  '#b9c0c7',
  '#8f98a1',
  '#6d767f',
  '#464d55',
  '#3a4149',
  '#2a2f35',
  '#1d2024',
  '#17191c',
  '#131517',
];

const mono = 'ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace';

/** A list that opens stands where its field is, among the page's landmarks; fixed, so that no box cuts it off. */
const IN_PLACE = { withinPortal: false, floatingStrategy: 'fixed' } as const;

/** Returns the look, with the names of its buttons in the page's language. */
export const theme = () =>
  createTheme({
    respectReducedMotion: true,
    colors: { tide, red: coral, dark: night },
    primaryColor: 'tide',
    primaryShade: { light: 7, dark: 8 },
    defaultRadius: 'sm',
    cursorType: 'pointer',
    fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif',
    fontFamilyMonospace: mono,
    fontSizes: { xs: '0.75rem', sm: '0.8125rem', md: '0.875rem', lg: '1rem', xl: '1.125rem' },
    headings: {
      fontWeight: '600',
      sizes: { h1: { fontSize: '1.25rem' }, h2: { fontSize: '1rem' }, h3: { fontSize: '0.875rem' } },
    },
    components: {
      Table: { defaultProps: { verticalSpacing: 6, horizontalSpacing: 'sm', fz: 'sm' } },
      Button: { defaultProps: { size: 'xs' } },
      ActionIcon: { defaultProps: { variant: 'default', size: 28 } },
      TextInput: { defaultProps: { size: 'sm' } },
      Select: { defaultProps: { size: 'sm', comboboxProps: IN_PLACE } },
      MultiSelect: { defaultProps: { comboboxProps: IN_PLACE } },
      TagsInput: { defaultProps: { comboboxProps: IN_PLACE } },
      // The first item has the focus at once; an empty place before it is no item of a menu.
      Menu: { defaultProps: { withInitialFocusPlaceholder: false } },
      Notification: { defaultProps: { closeButtonProps: { 'aria-label': t('shell.closeMessage') } } },
      // A dialog's head is no banner of the page.
      ModalHeader: { defaultProps: { role: 'presentation' } },
      Modal: { defaultProps: { closeButtonProps: { 'aria-label': t('shell.closeDialog') } } },
      InputWrapper: { defaultProps: { inputWrapperOrder: ['label', 'input', 'description', 'error'] } },
      Text: { defaultProps: { size: 'sm' } },
      // In the dark the filled shade, which white text stands on, is too dark for a thin line.
      Tabs: { defaultProps: { color: 'var(--sg-accent)' } },
      Progress: { defaultProps: { color: 'var(--sg-accent)' } },
      Tooltip: { defaultProps: { openDelay: 250, events: { hover: true, focus: true, touch: true } } },
    },
  });

export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-dimmed': '#55606b',
    '--mantine-color-error': '#c0262d',
    '--mantine-color-yellow-outline': '#8f5a00',
    '--mantine-color-placeholder': '#5f6973',
    '--sg-surface': '#ffffff',
    '--sg-ground': '#f7f8f9',
    '--sg-line': '#e1e5e9',
    '--sg-log-ground': '#fbfbfa',
    '--sg-accent': '#0b7480',
    '--sg-good': '#187a42',
    '--sg-bad': '#c0262d',
    '--sg-warn': '#8f5a00',
    '--sg-busy': '#1c64b8',
    '--sg-idle': '#55606b',
    '--sg-odd': '#7a3db8',
  },
  dark: {
    '--mantine-color-dimmed': '#a3adb8',
    '--mantine-color-error': '#ff8589',
    '--mantine-color-placeholder': '#929ca6',
    '--sg-surface': '#1d2024',
    '--sg-ground': '#17191c',
    '--sg-line': '#33383e',
    '--sg-log-ground': '#131517',
    '--sg-accent': '#3ab1ba',
    '--sg-good': '#57c785',
    '--sg-bad': '#ff8589',
    '--sg-warn': '#e8b04f',
    '--sg-busy': '#78b4f5',
    '--sg-idle': '#a3adb8',
    '--sg-odd': '#c79df2',
  },
});
