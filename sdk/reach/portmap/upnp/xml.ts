/**
 * A bounded scan of XML for the few elements that UPnP needs. It expands no entity but the five that XML predefines, follows no reference,
 * ignores prefixes, and reads each character once. Text that is no XML yields fewer elements, and no error.
 */

export type XmlToken =
  | { readonly kind: 'open' | 'close'; readonly name: string }
  | { readonly kind: 'text'; readonly text: string };

const NAME_END = /[\s/]/;
const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

export function* scanXml(xml: string): Generator<XmlToken> {
  let at = 0;
  while (at < xml.length) {
    const tag = xml.indexOf('<', at);
    if (tag < 0) return;
    if (tag > at) yield { kind: 'text', text: decodeEntities(xml.slice(at, tag)) };
    const skipped = skippedEnd(xml, tag);
    if (skipped !== undefined) {
      at = skipped;
      continue;
    }
    const end = xml.indexOf('>', tag);
    if (end < 0) return;
    const inside = xml.slice(tag + 1, end);
    if (inside.startsWith('/')) yield { kind: 'close', name: localName(inside.slice(1)) };
    else {
      const name = localName(inside);
      yield { kind: 'open', name };
      if (inside.endsWith('/')) yield { kind: 'close', name };
    }
    at = end + 1;
  }
}

/** The text of the first element of this name that contains no other element; undefined if there is none. */
export function leafText(xml: string, name: string): string | undefined {
  let text: string | undefined;
  for (const token of scanXml(xml)) {
    if (token.kind === 'text') text = text === undefined ? undefined : text + token.text;
    else if (token.kind === 'open') text = token.name === name ? '' : undefined;
    else if (token.name === name && text !== undefined) return text.trim();
    else text = undefined;
  }
  return undefined;
}

/** Makes text safe inside an element. */
export function escapeXml(text: string): string {
  return text.replace(/[&<>]/g, (character) => ({ '&': '&amp;', '<': '&lt;' })[character] ?? '&gt;');
}

/** Where a comment, declaration or instruction ends that begins here; the end of the text if it never does. */
function skippedEnd(xml: string, at: number): number | undefined {
  for (const [begin, end] of [
    ['<!--', '-->'],
    ['<![CDATA[', ']]>'],
    ['<?', '?>'],
    ['<!', '>'],
  ] as const) {
    if (!xml.startsWith(begin, at)) continue;
    const found = xml.indexOf(end, at + begin.length);
    return found < 0 ? xml.length : found + end.length;
  }
  return undefined;
}

function localName(inside: string): string {
  const [name = ''] = inside.split(NAME_END, 1);
  return name.slice(name.indexOf(':') + 1);
}

function decodeEntities(text: string): string {
  return text.replace(/&(\w{1,4});/g, (whole, name: string) => ENTITIES[name] ?? whole);
}
