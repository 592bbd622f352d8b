import { join } from 'node:path';
import { readFileWithin } from '@shoal/sdk/disk';
import * as z from 'zod';
import type { Seen } from '../model/news/news-book.js';
import { LastingFile } from './lasting-file.js';

const FILE = z.object({
  version: z.literal(1),
  users: z.array(
    z.object({
      owner: z.string(),
      groups: z.array(z.object({ groupId: z.string(), seenMs: z.number(), toldMs: z.number(), toldAtMs: z.number() })),
    }),
  ),
});
type Stored = z.infer<typeof FILE>;

const MOST_USERS = 20;
const MOST_GROUPS = 2000;
const MAX_BYTES = 16 * 1024 * 1024;

/** How far each user of this computer has seen the news of the groups, also for later agents. */
export class SeenNews {
  readonly #file: LastingFile;
  #users: Stored['users'];

  private constructor(path: string, users: Stored['users']) {
    this.#users = users;
    this.#file = new LastingFile(path, (): Stored => ({ version: 1, users: this.#users }));
  }

  /** Loads what an earlier agent knew. If it is unreadable, nothing is new. */
  static async load(folder: string): Promise<SeenNews> {
    const path = join(folder, 'news.json');
    try {
      return new SeenNews(path, FILE.parse(JSON.parse(String(await readFileWithin(path, MAX_BYTES)))).users);
    } catch {
      return new SeenNews(path, []);
    }
  }

  of(owner: string): readonly Seen[] {
    return this.#users.find((one) => one.owner === owner)?.groups ?? [];
  }

  keep(owner: string, groups: readonly Seen[]): void {
    const others = this.#users.filter((one) => one.owner !== owner);
    this.#users = [...others, { owner, groups: groups.slice(-MOST_GROUPS) }].slice(-MOST_USERS);
    this.#file.save();
  }

  /** Resolves when everything is on the disk. */
  saved(): Promise<void> {
    return this.#file.saved();
  }
}
