interface Place {
  readonly scheme: string;
}

/**
 * The local file of a tab: a text, a notebook and a custom editor have one; a comparison has two, and the later state
 * counts if it is a file. None for a terminal, a webview or an unsaved file.
 * @param isPlace whether a value is a place in the editor's sense
 */
export function fileInTab<P extends Place>(input: unknown, isPlace: (value: unknown) => value is P): P | undefined {
  if (typeof input !== 'object' || input === null) return undefined;
  const { uri, modified, original } = input as { uri?: unknown; modified?: unknown; original?: unknown };
  return [uri, modified, original].filter(isPlace).find(({ scheme }) => scheme === 'file');
}
