import { readdir } from 'node:fs/promises';
import { CONNECT_MODES } from '../../index.js';
import type { PeerClient } from '../client.js';
import { type ArgumentKind, sortWords } from '../command.js';
import { PUBLISHERS } from '../commands/group-settings.js';
import { COMMANDS } from '../commands/index.js';
import { LIMITS, PRIORITIES } from '../commands/limits.js';
import { fromHome } from '../paths.js';
import { printable } from '../texts/text.js';
import { doubleQuoted, type Quoting, quoteWord, scanWords } from '../texts/words.js';

const FRESH_FOR_MS = 5000;
const PATIENCE_MS = 1500;

/** The format of readline: candidates for the last word, and the word as typed. */
export type Completions = [candidates: string[], typed: string];

/** Completes commands, groups, files, users and paths. It caches answers of the tracker for a few seconds. */
export class Completion {
  readonly #client: PeerClient;
  readonly #quoting: Quoting;
  readonly #answers = new Map<string, { readonly atMs: number; readonly names: Promise<string[]> }>();

  constructor(client: PeerClient, quoting: Quoting) {
    this.#client = client;
    this.#quoting = quoting;
  }

  /** The completions of a line; none if they cannot be determined. */
  async complete(line: string): Promise<Completions> {
    const words = scanWords(line, this.#quoting);
    const isTyping = words.at(-1)?.end === line.length;
    const last = isTyping ? words.pop() : undefined;
    const typed = line.slice(last?.start ?? line.length);
    const names = await this.#candidates(
      words.map((word) => word.value),
      last?.value ?? '',
    ).catch(() => []);
    const fitting = names.filter((name) => name.startsWith(last?.value ?? '') && printable(name) === name);
    const written = fitting.map((name) =>
      /^["']/.test(typed) ? doubleQuoted(name, this.#quoting) : quoteWord(name, this.#quoting),
    );
    const [only] = fitting;
    if (fitting.length === 1 && !only?.endsWith('/')) return [written.map((word) => `${word} `), typed];
    return [written, typed];
  }

  async #candidates(before: readonly string[], typed: string): Promise<string[]> {
    const [name, ...rest] = before;
    if (name === undefined) return COMMANDS.map((command) => command.name);
    const command = COMMANDS.find((one) => one.name === name);
    if (!command) return [];
    const { words: given, valueless } = sortWords(command, rest);
    if (valueless !== undefined) return valueless === 'publishers' ? [...PUBLISHERS] : [];
    const { switches, options, lists } = command;
    if (typed.startsWith('--'))
      return [...switches, ...Object.keys(options), ...Object.keys(lists)].map((one) => `--${one}`);
    const argument = command.args[given.length];
    if (!argument) return [];
    const groupAt = command.args.findIndex((arg) => arg.name === 'group_id');
    return this.#ofKind(argument.kind, given[groupAt] ?? '', typed);
  }

  async #ofKind(kind: ArgumentKind, groupId: string, typed: string): Promise<string[]> {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    switch (kind) {
      case 'command':
        return COMMANDS.map((command) => command.name);
      case 'path':
        return completePath(typed);
      case 'anyGroup':
        return this.#fresh('all groups', async () =>
          (await this.#client.listGroups({ signal })).map((group) => group.groupId),
        );
      case 'group':
        return this.#fresh('own groups', async () =>
          (await this.#client.listGroups({ signal }))
            .filter(({ standing }) => standing === 'owner' || standing === 'member')
            .map((group) => group.groupId),
        );
      case 'member':
        return this.#fresh(`members\n${groupId}`, async () =>
          (await this.#client.listMembers(groupId, { signal })).map((member) => member.userId),
        );
      case 'requester':
        return this.#fresh(`requests\n${groupId}`, async () =>
          (await this.#client.listRequests(groupId, { signal })).map((request) => request.userId),
        );
      case 'file':
        return this.#fresh(`files\n${groupId}`, async () =>
          (await this.#client.listFiles(groupId, { signal })).map((file) => file.fileName),
        );
      case 'share': {
        const names = inGroup(this.#client.shares(), groupId);
        return [...names, ...foldersOf(names)];
      }
      case 'limit':
        return [...LIMITS];
      case 'priority':
        return [...PRIORITIES];
      case 'connect':
        return [...CONNECT_MODES];
      case 'switch':
        return ['on', 'off'];
      case 'download':
        return inGroup(
          [
            ...this.#client.downloads(),
            ...this.#client.folderDownloads().map(({ groupId, folder }) => ({ groupId, fileName: folder })),
          ],
          groupId,
        );
      case 'folder':
        return this.#fresh(`folders\n${groupId}`, async () =>
          foldersOf((await this.#client.listFiles(groupId, { signal })).map((file) => file.fileName)),
        );
      case 'user':
      case 'password':
      case 'newGroup':
      case 'rate':
        return [];
    }
  }

  #fresh(key: string, ask: () => Promise<string[]>): Promise<string[]> {
    const nowMs = performance.now();
    const known = this.#answers.get(key);
    if (known && nowMs - known.atMs < FRESH_FOR_MS) return known.names;
    const names = ask();
    for (const [old, { atMs }] of this.#answers) if (nowMs - atMs >= FRESH_FOR_MS) this.#answers.delete(old);
    this.#answers.set(key, { atMs: nowMs, names });
    names.catch(() => this.#answers.delete(key));
    return names;
  }
}

/** The folders of the shared files, including their parents. */
function foldersOf(fileNames: readonly string[]): string[] {
  const folders = new Set<string>();
  for (const name of fileNames)
    for (let at = name.indexOf('/'); at >= 0; at = name.indexOf('/', at + 1)) folders.add(name.slice(0, at));
  return [...folders];
}

function inGroup(files: readonly { groupId: string; fileName: string }[], groupId: string): string[] {
  return [...new Set(files.filter((file) => file.groupId === groupId).map((file) => file.fileName))];
}

/** The files and folders that complete a path. Folders end in a slash; hidden ones need the typed dot. */
async function completePath(typed: string): Promise<string[]> {
  const [folder = ''] = /^.*[/\\]/.exec(typed) ?? [];
  const start = typed.slice(folder.length);
  const entries = await readdir(fromHome(folder || '.'), { withFileTypes: true });
  return entries
    .filter((entry) => entry.name.startsWith(start) && (start.startsWith('.') || !entry.name.startsWith('.')))
    .map((entry) => `${folder}${entry.name}${entry.isDirectory() ? '/' : ''}`)
    .sort();
}
