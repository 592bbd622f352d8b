/** The kind of a row. */
interface OfKind {
  readonly kind: string;
}

/**
 * The rows that a menu, a button or a key applies to: the whole selection if it contains the row. Without any, the
 * palette was used.
 */
export function rowsMeant<N>(node: N | undefined, selected: readonly N[] | undefined): readonly N[] {
  if (selected?.length) return selected;
  return node === undefined ? [] : [node];
}

/** The rows of some kinds. */
export function ofKinds<N extends OfKind, K extends N['kind']>(
  rows: readonly N[],
  ...kinds: readonly K[]
): Extract<N, { readonly kind: K }>[] {
  const wanted: ReadonlySet<string> = new Set(kinds);
  return rows.filter((row): row is Extract<N, { readonly kind: K }> => wanted.has(row.kind));
}

/** The commands in the titles of the views, to which the editor passes the focused row, or nothing in its place. */
export const IN_TITLES: ReadonlySet<string> = new Set([
  ...['createGroup', 'refresh', 'joinGroup', 'copyInvitation', 'login', 'createUser', 'changePassword', 'logout'],
  ...['connectTracker', 'hostTracker', 'stopHosting', 'openSettings', 'showLog', 'clearDownloads'],
]);

/**
 * Whether the menu or a button of a row called a command, but the editor no longer knows the row, because it draws the
 * list anew at this moment. Then `args` has nothing in place of the row; the palette passes no arguments at all.
 */
export function isRowLost(command: string, args: readonly unknown[]): boolean {
  const [row, selected] = args;
  if (args.length === 0 || IN_TITLES.has(command)) return false;
  const isAbsent = (one: unknown) => one === undefined || one === null;
  return isAbsent(row) && (!Array.isArray(selected) || selected.length === 0 || selected.some(isAbsent));
}
