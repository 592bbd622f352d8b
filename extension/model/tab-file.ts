interface Place {
  readonly scheme: string;
}

/**
 * The file on this computer that a tab shows, by what the editor says of the tab: a text, a notebook and a custom editor have one place,
 * a comparison has two, of which the later state is meant if it is a file. None for a terminal, a web view or what has no file yet.
 * @param isPlace whether something is a place as the editor has them
 */
export function fileInTab<P extends Place>(input: unknown, isPlace: (value: unknown) => value is P): P | undefined {
  if (typeof input !== 'object' || input === null) return undefined;
  const { uri, modified, original } = input as { uri?: unknown; modified?: unknown; original?: unknown };
  return [uri, modified, original].filter(isPlace).find(({ scheme }) => scheme === 'file');
}
