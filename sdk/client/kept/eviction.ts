/** A kept content. */
interface Content {
  readonly manifestId: string;
  readonly sizeBytes: number;
}

export interface EvictionTerms {
  /** Size and number of all contents. */
  readonly totalBytes: number;
  readonly count: number;
  readonly maxBytes: number;
  readonly maxCount: number;
  /** `held`: it stays whatever the total. `busy`: it goes only if the others do not suffice. */
  useOf(manifestId: string): 'held' | 'busy' | 'none';
}

/** The contents to remove. @param contents all of them, the least recently needed first */
export function contentsToEvict(contents: Iterable<Content>, terms: EvictionTerms): string[] {
  let { totalBytes, count } = terms;
  const evicted: string[] = [];
  const busy: Content[] = [];
  const isOver = () => totalBytes > terms.maxBytes || count > terms.maxCount;
  const evict = ({ manifestId, sizeBytes }: Content) => {
    totalBytes -= sizeBytes;
    count -= 1;
    evicted.push(manifestId);
  };
  if (!isOver()) return evicted;
  for (const content of contents) {
    if (!isOver()) break;
    const use = terms.useOf(content.manifestId);
    if (use === 'none') evict(content);
    else if (use === 'busy') busy.push(content);
  }
  for (const content of busy) if (isOver()) evict(content);
  return evicted;
}
