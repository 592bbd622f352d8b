import type { Publication } from './news-book.js';

/** The unseen files of a group. */
export interface GroupNews {
  readonly groupId: string;
  readonly files: readonly Publication[];
}

/**
 * What this window marks as new. Unseen files are counted. When the user looks at their group, they are counted no
 * more, but stay marked until he looks away, so that he finds them.
 */
export class NewsMarks {
  readonly #unseen = new Map<string, ReadonlyMap<string, Publication>>();
  readonly #fresh = new Map<string, Set<string>>();

  /** Number of unseen files in all groups. */
  get unseen(): number {
    return [...this.#unseen.values()].reduce((sum, files) => sum + files.size, 0);
  }

  /** The groups with unseen files. */
  get groupIds(): string[] {
    return [...this.#unseen.keys()];
  }

  unseenIn(groupId: string): Publication[] {
    return [...(this.#unseen.get(groupId)?.values() ?? [])];
  }

  isMarked(groupId: string, fileName: string): boolean {
    return this.#unseen.get(groupId)?.has(fileName) === true || this.#fresh.get(groupId)?.has(fileName) === true;
  }

  /** Takes the agent's list of some groups, or the whole list. @returns the files whose marks changed */
  take(groups: readonly GroupNews[], { isWhole = false }: { isWhole?: boolean } = {}): MarkedFile[] {
    return this.#compared(() => {
      if (isWhole) this.#unseen.clear();
      for (const { groupId, files } of groups) {
        if (files.length === 0) this.#unseen.delete(groupId);
        else this.#unseen.set(groupId, new Map(files.map((file) => [file.fileName, file])));
      }
    });
  }

  /** The user looks at the rows of a group. Returns the time until which he has seen it; undefined for nothing new. */
  look(groupId: string): number | undefined {
    const files = this.#unseen.get(groupId);
    if (!files) return undefined;
    const fresh = this.#fresh.get(groupId) ?? new Set();
    for (const fileName of files.keys()) fresh.add(fileName);
    this.#fresh.set(groupId, fresh);
    this.#unseen.delete(groupId);
    return Math.max(...[...files.values()].map(({ atMs }) => atMs));
  }

  /** The user looks away, from all groups or one. @returns the files whose marks changed */
  leave(groupId?: string): MarkedFile[] {
    return this.#compared(() => {
      if (groupId === undefined) this.#fresh.clear();
      else this.#fresh.delete(groupId);
    });
  }

  /** The user selected a file. @returns the files whose marks changed */
  select(groupId: string, fileName: string): MarkedFile[] {
    return this.#compared(() => this.#fresh.get(groupId)?.delete(fileName));
  }

  /** Another user is signed in. @returns the files whose marks changed */
  clear(): MarkedFile[] {
    return this.#compared(() => {
      this.#unseen.clear();
      this.#fresh.clear();
    });
  }

  #marked(groupId: string): string[] {
    return [...new Set([...(this.#unseen.get(groupId)?.keys() ?? []), ...(this.#fresh.get(groupId) ?? [])])];
  }

  #compared(change: () => void): MarkedFile[] {
    const list = () => {
      const groupIds = new Set([...this.#unseen.keys(), ...this.#fresh.keys()]);
      const files = [...groupIds].flatMap((groupId) =>
        this.#marked(groupId).map((fileName): MarkedFile => ({ groupId, fileName })),
      );
      return new Map(files.map((file) => [`${file.groupId}/${file.fileName}`, file]));
    };
    const before = list();
    change();
    const after = list();
    const came = [...after].filter(([key]) => !before.has(key));
    const went = [...before].filter(([key]) => !after.has(key));
    return [...came, ...went].map(([, file]) => file);
  }
}

export interface MarkedFile {
  readonly groupId: string;
  readonly fileName: string;
}
