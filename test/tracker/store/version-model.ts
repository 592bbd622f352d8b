import fc from 'fast-check';

export const USERS = ['u0', 'u1', 'u2'];
export const DEVICES = ['aa'.repeat(32), 'bb'.repeat(32)];
export const NAMES = ['a', 'b', 'a/c'];
export const CONTENTS = 4;

const step = fc.record({
  kind: fc.constantFrom(
    ...(['publish', 'publish', 'publish', 'share', 'share', 'stop', 'remove', 'open', 'forget', 'reopen'] as const),
  ),
  user: fc.constantFrom(...USERS),
  device: fc.constantFrom(...DEVICES),
  name: fc.constantFrom(...NAMES),
  content: fc.nat({ max: CONTENTS - 1 }),
  /** How far the publisher's base is behind the newest version. */
  behind: fc.constantFrom(0, 0, 0, 1, 5),
});

/** What users try with the files of one group. */
export const versionSteps = fc.array(step, { maxLength: 30 });
export type VersionStep = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** Versions that the group keeps in the model. */
export const KEPT = 2;

interface ModelVersion {
  readonly number: number;
  readonly content: number;
  readonly by: string;
  readonly device: string;
}

interface ModelFile {
  readonly author: string;
  /** The kept ones, oldest first. */
  versions: ModelVersion[];
  /** The number that each device of a user has; null: a forgotten one. */
  readonly holders: Map<string, number | null>;
}

/** A minimal model of the versions of a group's files. `u0` owns the group. */
export class VersionModel {
  readonly #files = new Map<string, ModelFile>();
  readonly #removed = new Map<string, Set<number>>();
  #isOpen = false;

  /** The base that a publisher names: the newest version, or an older one. */
  baseOf({ name, behind }: VersionStep): number {
    return Math.max(0, (this.#files.get(name)?.versions.at(-1)?.number ?? 0) - behind);
  }

  /** @param base what a publisher names */
  take(taken: VersionStep, base = this.baseOf(taken)): string {
    if (taken.kind === 'publish') return this.#publish(taken, base);
    if (taken.kind === 'share') return this.#share(taken);
    if (taken.kind === 'stop') return this.#stop(taken);
    if (taken.kind === 'remove') return this.#remove(taken);
    if (taken.kind === 'open') this.#isOpen = !this.#isOpen;
    if (taken.kind === 'forget') this.#forget();
    return 'ok';
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Each version as a line `name number content publisher members`. */
  get lines(): string[] {
    return [...this.#files].flatMap(([name, { versions, holders }]) =>
      versions.map(({ number, content, by }) => {
        const has = [...holders].filter(([, held]) => held === number).map(([holder]) => holder.split(' ')[0]);
        return `${name} ${number} ${content} ${by} ${new Set(has).size}`;
      }),
    );
  }

  #publish(taken: VersionStep, base: number): string {
    const { user, device, name, content } = taken;
    const file = this.#files.get(name);
    const newest = file?.versions.at(-1);
    if (!file || !newest) return base > 0 && this.#removed.has(name) ? 'FILE_REMOVED' : this.#begin(taken, base + 1);
    const same = file.versions.findLast((one) => one.content === content);
    const isRepeated = same?.number === base + 1 && same.device === device;
    if (same && (same === newest || isRepeated)) return this.#hold(file, taken, same.number);
    if (!this.#isOpen && user !== 'u0' && user !== file.author) return 'NAME_TAKEN';
    if (base !== newest.number) return `VERSION_CONFLICT ${newest.number}`;
    file.versions.push({ number: base + 1, content, by: user, device });
    return this.#hold(file, taken, base + 1);
  }

  #share(taken: VersionStep): string {
    const { user, device, name, content } = taken;
    const file = this.#files.get(name);
    if (!file && this.#removed.get(name)?.has(content)) return 'FILE_REMOVED';
    if (!file) return this.#begin(taken, 1, false);
    const same = file.versions.findLast((one) => one.content === content);
    if (same) return this.#hold(file, taken, same.number);
    return file.holders.get(`${user} ${device}`) === null ? 'VERSION_NOT_FOUND' : 'NAME_TAKEN';
  }

  #begin(taken: VersionStep, number: number, clears = true): string {
    const { user, device, name, content } = taken;
    const isFolder = name === 'a' ? this.#files.has('a/c') : name === 'a/c' && this.#files.has('a');
    if (isFolder) return 'NAME_TAKEN';
    const file = { author: user, versions: [{ number, content, by: user, device }], holders: new Map() };
    this.#files.set(name, file);
    if (clears) this.#removed.delete(name);
    return this.#hold(file, taken, number);
  }

  #hold(file: ModelFile, { user, device }: VersionStep, number: number): string {
    file.holders.set(`${user} ${device}`, number);
    return `ok ${number} ${file.author}`;
  }

  #stop({ user, device, name }: VersionStep): string {
    const file = this.#files.get(name);
    if (!file) return 'FILE_NOT_FOUND';
    if (!file.holders.delete(`${user} ${device}`)) return 'NOT_SHARED';
    if (file.holders.size === 0) this.#files.delete(name);
    return 'ok';
  }

  #remove({ user, name }: VersionStep): string {
    const file = this.#files.get(name);
    if (!file) return 'FILE_NOT_FOUND';
    if (user !== 'u0' && user !== file.author) return 'NOT_THE_AUTHOR';
    const removed = this.#removed.get(name) ?? new Set();
    for (const { content } of file.versions) removed.add(content);
    this.#removed.set(name, removed);
    this.#files.delete(name);
    return 'ok';
  }

  #forget(): void {
    for (const file of this.#files.values()) {
      file.versions = file.versions.slice(-KEPT);
      const [oldest] = file.versions;
      for (const [holder, number] of file.holders)
        if (number !== null && oldest && number < oldest.number) file.holders.set(holder, null);
    }
  }
}
