import type { Condition } from '../core/probes/model';

/** The theme's colours, as the charts need them. */
export interface Colours {
  readonly background: string;
  readonly foreground: string;
  readonly muted: string;
  readonly lines: string;
  readonly border: string;
  readonly font: string;
  readonly series: Readonly<Record<Condition | 'none', string>>;
}

/** Reads the colours of the theme that is in force. */
export function readColours(): Colours {
  const style = getComputedStyle(document.documentElement);
  const read = (...names: readonly string[]) =>
    names.map((name) => style.getPropertyValue(`--vscode-${name}`).trim()).find((value) => value !== '') ??
    'gray';
  const foreground = read('charts-foreground', 'foreground');
  return {
    background: read('editor-background'),
    foreground,
    muted: read('descriptionForeground', 'foreground'),
    lines: read('charts-lines', 'foreground'),
    border: read('contrastBorder', 'panel-border', 'editorWidget-border'),
    font: read('font-family'),
    series: {
      paraphrase: opaque(read('charts-blue')),
      // High contrast themes may have no orange.
      duplication: opaque(read('charts-orange', 'charts-yellow')),
      once: opaque(read('charts-purple')),
      control: read('descriptionForeground', 'foreground'),
      none: opaque(read('charts-green')),
    },
  };
}

/** Some themes take a translucent colour of the editor, which is too faint for a line. */
function opaque(colour: string): string {
  return colour.replace(/^rgba\((.*),[^,]*\)$/, 'rgb($1)');
}

/** Calls back when the theme has changed: VS Code marks the body with the theme's kind and id. */
export function onThemeChange(listener: () => void): void {
  const observer = new MutationObserver(listener);
  observer.observe(document.body, {
    attributes: true,
    attributeFilter: ['class', 'data-vscode-theme-kind', 'data-vscode-theme-id'],
  });
  // Changed colour customisations arrive as new variables on the root element.
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['style'] });
}
