import { type ShoalClient, ShoalError } from '@shoal/sdk';
import type { AgentContract } from '../contract/contract.js';
import type { Payload } from '../daemon/index.js';
import { NewsBook } from '../model/news/news-book.js';
import { NewsDigest } from '../model/news/news-digest.js';
import { isMine } from '../model/tree/standing.js';
import { type Clock, Throttle } from '../throttle.js';
import type { SeenNews } from './seen-news.js';

type Unseen = Payload<AgentContract, 'news'>['groups'];

/** The shortest time between two looks at all groups after a lost connection. */
const LOOK_EVERY_MS = 60_000;
/** The shortest time between two looks for groups that are not known: many members may come at once. */
const LOOK_FOR_GROUPS_EVERY_MS = 1000;
const TELL_EVERY_MS = 250;

interface NewsContext {
  readonly seen: SeenNews;
  /** `nowMs` counts from 1970. */
  readonly clock: Clock;
  tell(event: 'news', payload: { groups: Unseen }): void;
  tell(event: 'newsDue', payload: { groupIds: string[] }): void;
  warn(message: string): void;
}

/**
 * What other members published, for all windows. It costs nothing until a window asks for it: then the files of all
 * groups are listed once a sign-in, and again after a time without connection.
 */
export class News {
  readonly #context: NewsContext;
  #client: ShoalClient | undefined;
  #owner: string | undefined;
  #book: NewsBook | undefined;
  #digest: NewsDigest | undefined;
  #isWanted = false;
  #looking: Promise<void> = Promise.resolve();
  readonly #changed = new Set<string>();
  readonly #telling: Throttle;
  readonly #lookAgain: Throttle;
  readonly #lookForGroups: Throttle;

  constructor(context: NewsContext) {
    this.#context = context;
    this.#telling = new Throttle(TELL_EVERY_MS, () => this.#tell(), context.clock);
    this.#lookAgain = new Throttle(LOOK_EVERY_MS, () => void this.#look(), context.clock);
    this.#lookForGroups = new Throttle(LOOK_FOR_GROUPS_EVERY_MS, () => void this.#look(true), context.clock);
  }

  /** Follows this client from now on. */
  follow(client: ShoalClient | undefined): void {
    this.#client = client;
    client?.on('fileShared', ({ groupId, file }) => this.#publish(groupId, [file]));
    client?.on('filesShared', ({ groupId, files }) => this.#publish(groupId, files));
    client?.on('fileUpdated', ({ groupId, file }) => this.#publish(groupId, [file]));
    client?.on('filesUpdated', ({ groupId, files }) => this.#publish(groupId, files));
    client?.on('fileStopped', ({ groupId, fileName }) => this.#remove(groupId, [fileName]));
    client?.on('filesStopped', ({ groupId, files }) => this.#removeAll(groupId, files));
    client?.on('filesRemoved', ({ groupId, files }) => this.#removeAll(groupId, files));
    client?.on('membershipChanged', () => this.onGroupsChanged());
    client?.on('connected', ({ resumed }) => resumed && this.#lookAgain.request());
    client?.on('missed', () => this.#lookAgain.request());
    this.review();
  }

  /** Somebody may have signed in or out. */
  review(): void {
    const { userId, trackerFingerprint: tracker } = this.#client ?? {};
    if (userId === undefined) this.#begin(undefined, undefined);
    else if (tracker !== undefined) this.#begin(`${tracker}/${userId}`, userId);
  }

  /** The user may be in other groups now: their first lists are not new. */
  onGroupsChanged(): void {
    if (this.#book) this.#lookForGroups.request();
  }

  /** The unseen files of all groups, once they are known. Groups without any are not among them. */
  async list(): Promise<Unseen> {
    this.#isWanted = true;
    this.review();
    await this.#looking;
    const groupIds = this.#book?.groupIds ?? [];
    for (const groupId of groupIds) this.#digest?.review(groupId);
    return this.#recordsOf(groupIds).filter(({ files }) => files.length > 0);
  }

  /** The user has seen what was published in a group until then. */
  see(groupId: string, untilMs: number): void {
    if (!this.#book?.see(groupId, untilMs)) return;
    this.#keep();
    this.#onChanged(groupId);
  }

  /** A window asks to tell the news of groups. Returns those that no other window tells. */
  claim(groupIds: readonly string[]): string[] {
    const granted = this.#digest?.claim(groupIds) ?? [];
    if (granted.length > 0) this.#keep();
    return granted;
  }

  close(): void {
    this.#telling.close();
    this.#lookAgain.close();
    this.#lookForGroups.close();
    this.#digest?.close();
  }

  /** Resolves when no look at the groups is under way. */
  settled(): Promise<void> {
    return this.#looking;
  }

  #begin(owner: string | undefined, userId: string | undefined): void {
    if (!this.#isWanted || owner === this.#owner) return;
    this.#digest?.close();
    this.#changed.clear();
    this.#owner = owner;
    this.#book = undefined;
    this.#digest = undefined;
    if (owner === undefined || userId === undefined) return;
    const seen = this.#context.seen.of(owner);
    this.#book = new NewsBook(userId, seen);
    this.#digest = new NewsDigest(this.#book, seen, {
      clock: this.#context.clock,
      announce: (groupIds) => this.#context.tell('newsDue', { groupIds: [...groupIds] }),
    });
    void this.#look();
  }

  /** Lists the files of the groups, one group after the other. @param newOnly only of groups that are not known */
  #look(newOnly = false): Promise<void> {
    const book = this.#book;
    this.#looking = this.#looking.then(async () => {
      const client = this.#client;
      if (!client || !book || book !== this.#book) return;
      try {
        const groups = (await client.listGroups()).filter(isMine).map(({ groupId }) => groupId);
        if (book !== this.#book) return;
        for (const groupId of book.groupIds) if (!groups.includes(groupId)) this.#forget(groupId);
        for (const groupId of groups) {
          if (newOnly && book.has(groupId)) continue;
          const files = await client.listFiles(groupId);
          if (book !== this.#book) return;
          if (book.list(groupId, files)) this.#onNews(groupId);
        }
        this.#keep();
      } catch (thrown) {
        const error = ShoalError.from(thrown);
        if (book === this.#book) this.#context.warn(`The news of the groups are not complete: ${error.message}`);
      }
    });
    return this.#looking;
  }

  #publish(groupId: string, files: Parameters<NewsBook['publish']>[1]): void {
    if (this.#book?.publish(groupId, files)) this.#onNews(groupId);
  }

  #removeAll(groupId: string, files: readonly { readonly fileName: string }[]): void {
    this.#remove(
      groupId,
      files.map(({ fileName }) => fileName),
    );
  }

  #remove(groupId: string, fileNames: readonly string[]): void {
    if (this.#book?.remove(groupId, fileNames)) this.#onChanged(groupId);
  }

  #forget(groupId: string): void {
    this.#book?.forget(groupId);
    this.#digest?.forget(groupId);
    this.#onChanged(groupId);
  }

  #onNews(groupId: string): void {
    this.#digest?.review(groupId);
    this.#onChanged(groupId);
  }

  #onChanged(groupId: string): void {
    this.#changed.add(groupId);
    this.#telling.request();
  }

  #tell(): void {
    const groups = this.#recordsOf([...this.#changed]);
    this.#changed.clear();
    if (groups.length > 0) this.#context.tell('news', { groups });
  }

  #recordsOf(groupIds: readonly string[]): Unseen {
    return groupIds.map((groupId) => ({ groupId, files: this.#book?.unseen(groupId) ?? [] }));
  }

  #keep(): void {
    const [book, digest, owner] = [this.#book, this.#digest, this.#owner];
    if (!book || !digest || owner === undefined) return;
    const groups = book.groupIds.map((groupId) => {
      const { toldMs, toldAtMs } = digest.told(groupId);
      return { groupId, seenMs: book.seenMs(groupId), toldMs, toldAtMs: Math.max(0, toldAtMs) };
    });
    this.#context.seen.keep(owner, groups);
  }
}
