/** What a text is as JSON; undefined for one that is none. Whatever it is, its form is unknown yet. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
