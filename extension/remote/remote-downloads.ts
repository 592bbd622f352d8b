/** What the agent tells of a transfer. */
interface Told {
  readonly id: string;
  readonly state: string;
}

/** What a window has of it. */
interface Handle<R> {
  readonly id: string;
  readonly state: { readonly name: string };
  update(record: R): void;
  dropped(): void;
}

/** The handles of the agent's downloads, of files or of folders. The first of each is the one that is listed; who takes one up has another. */
export class RemoteDownloads<R extends Told, H extends Handle<R>> {
  readonly #make: (record: R) => H;
  readonly #handles = new Map<string, H[]>();

  constructor(make: (record: R) => H) {
    this.#make = make;
  }

  /** The handle that is listed. */
  listed(record: R): H {
    const [known] = this.#handles.get(record.id) ?? [];
    if (known) return known;
    const made = this.#make(record);
    this.adopt(made);
    return made;
  }

  /** From now on this handle hears of its download, too. */
  adopt(download: H): void {
    const { id } = download;
    this.#handles.set(id, [...(this.#handles.get(id) ?? []), download]);
  }

  /** The agent told of a download; whether its state is news. */
  update(record: R): boolean {
    const handles = this.#handles.get(record.id) ?? [];
    const isNews = handles[0]?.state.name !== record.state;
    for (const handle of handles) handle.update(record);
    return isNews;
  }

  /** It is on the agent's list no more. */
  drop(id: string): void {
    for (const handle of this.#handles.get(id) ?? []) handle.dropped();
    this.#handles.delete(id);
  }
}
