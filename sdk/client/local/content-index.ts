import { contentOf, type InGroup } from './library-share.js';

/** Records by their content in a group. Several can have the same content. */
export class ContentIndex<T extends InGroup> {
  readonly #byContent = new Map<string, Set<T>>();

  add(record: T): void {
    const key = contentOf(record);
    const known = this.#byContent.get(key);
    if (known) known.add(record);
    else this.#byContent.set(key, new Set([record]));
  }

  remove(record: T): void {
    const key = contentOf(record);
    const known = this.#byContent.get(key);
    if (known?.delete(record) && known.size === 0) this.#byContent.delete(key);
  }

  with(content: InGroup): Iterable<T> {
    return this.#byContent.get(contentOf(content)) ?? [];
  }
}
