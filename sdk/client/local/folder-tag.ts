/** The tag in the names of a folder download's partial files. */
export function tagOf(id: string): string {
  return id.replaceAll('-', '').slice(0, 12);
}
