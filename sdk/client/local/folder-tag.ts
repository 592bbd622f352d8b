/** By this the partial files of a folder download are known as its own. */
export function tagOf(id: string): string {
  return id.replaceAll('-', '').slice(0, 12);
}
