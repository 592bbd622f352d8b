/// <reference lib="dom" />

/** Colours of the editor as CSS values, for drawing on a canvas. */
export interface Theme {
  readonly highContrast: boolean;
  readonly foreground: string;
  readonly muted: string;
  readonly background: string;
  readonly verified: string;
  readonly inFlight: string;
  readonly unavailable: string;
  /** Colour of outlines in high contrast. */
  readonly outline: string;
  readonly fontFamily: string;
}

export function readTheme(): Theme {
  const style = getComputedStyle(document.body);
  const first = (...names: readonly string[]): string => {
    for (const name of names) {
      const value = style.getPropertyValue(`--vscode-${name}`).trim();
      if (value !== '') return value;
    }
    return style.color;
  };
  return {
    highContrast: document.body.classList.contains('vscode-high-contrast'),
    foreground: first('charts-foreground', 'foreground'),
    muted: first('descriptionForeground', 'foreground'),
    background: first('editor-background'),
    verified: first('charts-blue', 'progressBar-background'),
    inFlight: first('charts-yellow', 'charts-orange'),
    unavailable: first('charts-red', 'errorForeground'),
    outline: first('contrastBorder', 'foreground'),
    fontFamily: style.fontFamily,
  };
}

/** Calls back when the editor changes its theme, which it writes on the body and the root. */
export function watchTheme(callback: () => void): void {
  const observer = new MutationObserver(callback);
  observer.observe(document.body, { attributes: true, attributeFilter: ['class', 'data-vscode-theme-id'] });
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['style'] });
}
