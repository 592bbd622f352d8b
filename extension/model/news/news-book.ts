import type { SharedFile } from '@shoal/sdk';

/** A file that somebody else published. */
export interface Publication {
  readonly fileName: string;
  readonly by: string;
  /** The tracker's time, in milliseconds since 1970. */
  readonly atMs: number;
}

/** How far the user has seen the publications of a group, and heard of them. */
export interface Seen {
  readonly groupId: string;
  /** The time of the last publication that the user has seen. */
  readonly seenMs: number;
  /** The time of the last publication that a notification told. */
  readonly toldMs: number;
  /** When that notification was shown, by the clock of this computer. */
  readonly toldAtMs: number;
}

interface Group {
  seenMs: number;
  /** The time of the last known publication. */
  latestMs: number;
  unseen: Map<string, Publication>;
}

type Published = Pick<SharedFile, 'fileName' | 'sharedBy' | 'sharedAtMs' | 'publishedBy' | 'publishedAtMs'>;

/** More unseen files of a group are neither counted nor marked; the newest are. */
export const MOST_UNSEEN = 1000;

/**
 * What other members published since the user last looked, by group. The first list of a group is not new, and own files
 * never are. A name is new at most once, however many of its versions are.
 */
export class NewsBook {
  readonly #userId: string;
  readonly #groups = new Map<string, Group>();

  /** @param seen what an earlier book knew */
  constructor(userId: string, seen: readonly Pick<Seen, 'groupId' | 'seenMs'>[] = []) {
    this.#userId = userId;
    for (const { groupId, seenMs } of seen) this.#groups.set(groupId, { seenMs, latestMs: seenMs, unseen: new Map() });
  }

  /** The groups of which a list is known, now or from an earlier book. */
  get groupIds(): string[] {
    return [...this.#groups.keys()];
  }

  has(groupId: string): boolean {
    return this.#groups.has(groupId);
  }

  seenMs(groupId: string): number {
    return this.#groups.get(groupId)?.seenMs ?? 0;
  }

  /** The unseen files, the oldest first. */
  unseen(groupId: string): Publication[] {
    return [...(this.#groups.get(groupId)?.unseen.values() ?? [])].sort((a, b) => a.atMs - b.atMs);
  }

  /** All files of a group. Returns whether its unseen files changed. */
  list(groupId: string, files: readonly Published[]): boolean {
    const latestMs = files.reduce((ms, { sharedAtMs, publishedAtMs = sharedAtMs }) => Math.max(ms, publishedAtMs), 0);
    const known = this.#groups.get(groupId);
    if (!known) {
      this.#groups.set(groupId, { seenMs: latestMs, latestMs, unseen: new Map() });
      return false;
    }
    const before = known.unseen;
    known.unseen = new Map();
    known.latestMs = Math.max(known.seenMs, latestMs);
    for (const file of files) this.#take(known, file);
    keepNewest(known);
    return !isSame(before, known.unseen);
  }

  /** Files were published, or another device shares them too. Returns whether the unseen files changed. */
  publish(groupId: string, files: readonly Published[]): boolean {
    const group = this.#groups.get(groupId);
    if (!group) return false; // its first list is still to come
    const before = new Map(group.unseen);
    for (const file of files) this.#take(group, file);
    keepNewest(group);
    return !isSame(before, group.unseen);
  }

  /** Files are no longer in the group. Returns whether the unseen files changed. */
  remove(groupId: string, fileNames: readonly string[]): boolean {
    const unseen = this.#groups.get(groupId)?.unseen;
    return fileNames.filter((fileName) => unseen?.delete(fileName)).length > 0;
  }

  /** The user has seen what was published until then. Returns whether anything was unseen. */
  see(groupId: string, untilMs: number): boolean {
    const group = this.#groups.get(groupId);
    if (!group) return false;
    group.seenMs = Math.max(group.seenMs, Math.min(untilMs, group.latestMs));
    const before = group.unseen.size;
    for (const { fileName, atMs } of [...group.unseen.values()]) if (atMs <= untilMs) group.unseen.delete(fileName);
    return group.unseen.size < before;
  }

  /** The user is not in this group any more: if he returns, its first list is not new. */
  forget(groupId: string): void {
    this.#groups.delete(groupId);
  }

  #take(group: Group, file: Published): void {
    const { fileName, sharedBy, sharedAtMs, publishedBy: by = sharedBy, publishedAtMs: atMs = sharedAtMs } = file;
    group.latestMs = Math.max(group.latestMs, atMs);
    if (by === this.#userId) group.unseen.delete(fileName);
    else if (atMs > group.seenMs) group.unseen.set(fileName, { fileName, by, atMs });
  }
}

function keepNewest(group: Group): void {
  if (group.unseen.size <= MOST_UNSEEN) return;
  const newest = [...group.unseen.values()].sort((a, b) => b.atMs - a.atMs).slice(0, MOST_UNSEEN);
  group.unseen = new Map(newest.map((one) => [one.fileName, one]));
}

function isSame(one: ReadonlyMap<string, Publication>, other: ReadonlyMap<string, Publication>): boolean {
  if (one.size !== other.size) return false;
  return [...one.values()].every(({ fileName, atMs }) => other.get(fileName)?.atMs === atMs);
}
