export type PublishMode = 'ask' | 'always' | 'never';

/** A memory that outlives the window, such as the editor's `Memento`. */
interface Memory {
  get<T>(key: string, fallback: T): T;
  update(key: string, value: unknown): Thenable<void>;
}

const KEY = 'publishedAlways';
/** The files that were chosen first are forgotten. */
const MAX_FILES = 500;

/** What the user decided about publishing saved files. */
export class PublishChoices {
  readonly #memory: Memory;
  readonly #asked = new Set<string>();

  constructor(memory: Memory) {
    this.#memory = memory;
  }

  /** The files that are published at every save. */
  get always(): readonly string[] {
    return this.#memory.get<readonly string[]>(KEY, []);
  }

  /** What to do about a saved file. The user is asked once a file and session. */
  decide(mode: PublishMode, path: string): 'publish' | 'ask' | 'nothing' {
    if (mode === 'never') return 'nothing';
    if (mode === 'always' || this.always.includes(path)) return 'publish';
    if (this.#asked.has(path)) return 'nothing';
    this.#asked.add(path);
    return 'ask';
  }

  async publishAlways(path: string): Promise<void> {
    await this.#keep([...this.always.filter((one) => one !== path), path]);
  }

  /** The user is asked again, about this file or about all. */
  async askAgain(path?: string): Promise<void> {
    if (path === undefined) this.#asked.clear();
    else this.#asked.delete(path);
    await this.#keep(path === undefined ? [] : this.always.filter((one) => one !== path));
  }

  /** Files were renamed: what was decided about them holds for their new paths. */
  async onMoved(newPath: (path: string) => string | undefined): Promise<void> {
    for (const path of [...this.#asked]) {
      const moved = newPath(path);
      if (moved === undefined) continue;
      this.#asked.delete(path);
      this.#asked.add(moved);
    }
    if (this.always.some((path) => newPath(path) !== undefined))
      await this.#keep(this.always.map((path) => newPath(path) ?? path));
  }

  async #keep(paths: readonly string[]): Promise<void> {
    await this.#memory.update(KEY, [...new Set(paths)].slice(-MAX_FILES));
  }
}
