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
