/** Parses JSON; undefined if the text is malformed. The caller must validate the value. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
