/** The record of a transfer. */
interface Told {
  readonly id: string;
  readonly state: string;
}

/** The window's object for it. */
interface Handle<R> {
  readonly id: string;
  readonly state: { readonly name: string };
  update(record: R): void;
  dropped(): void;
}

/**
 * The handles of the agent's file or folder downloads. The first handle of each is listed; a resumed download has
 * another one.
 */
export class RemoteDownloads<R extends Told, H extends Handle<R>> {
  readonly #make: (record: R) => H;
  readonly #handles = new Map<string, H[]>();

  constructor(make: (record: R) => H) {
    this.#make = make;
  }

  /** The listed handle. */
  listed(record: R): H {
    const [known] = this.#handles.get(record.id) ?? [];
    if (known) return known;
    const made = this.#make(record);
    this.adopt(made);
    return made;
  }

  /** Adds a handle that gets the changes too. */
  adopt(download: H): void {
    const { id } = download;
    this.#handles.set(id, [...(this.#handles.get(id) ?? []), download]);
  }

  /** The agent sent a change. Returns whether the state changed. */
  update(record: R): boolean {
    const handles = this.#handles.get(record.id) ?? [];
    const isNews = handles[0]?.state.name !== record.state;
    for (const handle of handles) handle.update(record);
    return isNews;
  }

  /** The agent no longer lists it. */
  drop(id: string): void {
    for (const handle of this.#handles.get(id) ?? []) handle.dropped();
    this.#handles.delete(id);
  }
}
