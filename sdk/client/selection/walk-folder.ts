import type { Dirent } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isUnfinished, tagIn } from '../../engine/index.js';
import { type ErrorCode, ShoalError } from '../../protocol/index.js';
import { throwIfAborted } from '../util/abort.js';
import { foldsCaseHere, IgnoreRules } from './ignore-rules.js';
import { executableIn } from './is-executable.js';
import { readRules } from './rule-files.js';
import { isSecretFolder, requireNoSecret, WHY_SECRET } from './secret-folder.js';

/** A file in the folder or a subfolder. */
export interface WalkedFile {
  readonly path: string;
  /** Path relative to the folder, with slashes. */
  readonly place: string;
  readonly sizeBytes: number;
  readonly modifiedNs: bigint;
  readonly executable: boolean | undefined;
}

/** A file or folder that was skipped, and why. Ignored files are not listed. */
export interface Skipped {
  readonly path: string;
  readonly why: string;
  /** The place of the file whose name counts as the same. */
  readonly besidePlace?: string;
}

/** What a walk found. */
export interface Walked {
  readonly files: readonly WalkedFile[];
  readonly skipped: readonly Skipped[];
  /** Paths of files and folders that could not be looked at: what is below them is unknown. */
  readonly unread: readonly string[];
  /** Relative paths that rules or the user leave out. What is below them is left out as well. */
  readonly leftOut: ReadonlySet<string>;
  /** Relative paths of the folders that contain nothing at all, without the root. */
  readonly empty: readonly string[];
  /** Paths of the folders whose entries were read, the root included. */
  readonly folders: readonly string[];
  /** Relative paths of folders on which disks are mounted; an empty string is the root. */
  readonly mounts: readonly string[];
}

interface WalkOptions {
  /** Patterns of what is left out, whatever the ignore files of the tree say. */
  readonly exclude: readonly string[];
  /** Relative paths that are always left out. */
  readonly omit?: ReadonlySet<string> | undefined;
  /** Tags of unfinished folder downloads, whose partial files are skipped. */
  readonly tags?: ReadonlySet<string>;
  /** Whether patterns match letters in both cases. Default: as git does on this system. */
  readonly foldsCase?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** The ignore rules of one folder. They apply to paths below it. */
interface Rules {
  readonly depth: number;
  readonly rules: IgnoreRules;
}

/** Never shared: it belongs to one checkout, and changes constantly. */
const NEVER = '.git';
/** Maximum number of files and folders in one walk. */
const MAX_WALKED = 200_000;
/** Errors that end the walk, although they concern one folder of the tree. */
const ENDING: ReadonlySet<ErrorCode> = new Set(['ABORTED', 'FOLDER_TOO_LARGE', 'RULES_INVALID']);

/**
 * All files below a folder, in the order of their names. It does not follow links, and returns regular files only.
 * @throws ShoalError `PATH_NOT_FOUND`, `NOT_A_FOLDER`, `FOLDER_TOO_LARGE`, `RULES_INVALID`, `PERMISSION_DENIED`, the
 * disk's errors of the folder itself, `ABORTED`
 */
export async function walkFolder(root: string, options: WalkOptions): Promise<Walked> {
  const there = await lstat(root).catch((error: unknown) => {
    throw ShoalError.from(error, 'PATH_NOT_FOUND');
  });
  if (there.isSymbolicLink())
    throw new ShoalError('NOT_A_FOLDER', `${root} is a link, and links are not followed: name the folder behind it.`);
  if (!there.isDirectory()) throw new ShoalError('NOT_A_FOLDER', `${root} is not a folder: name a folder.`);
  await requireNoSecret(root, 'folder');
  const walk = new Walk(options);
  const above = await lstat(dirname(root)).catch(() => there);
  await walk.enter(root, [], [], { own: there.dev, above: above.dev }).catch((error: unknown) => {
    throw ShoalError.from(error, 'DISK_ERROR');
  });
  return walk;
}

class Walk implements Walked {
  readonly files: WalkedFile[] = [];
  readonly skipped: Skipped[] = [];
  readonly unread: string[] = [];
  readonly leftOut = new Set<string>();
  readonly empty: string[] = [];
  readonly folders: string[] = [];
  readonly mounts: string[] = [];
  readonly #signal: AbortSignal | undefined;
  readonly #tags: ReadonlySet<string>;
  readonly #omit: ReadonlySet<string>;
  readonly #exclude: IgnoreRules;
  readonly #foldsCase: boolean;
  #walked = 0;

  constructor({ exclude, signal, omit = new Set(), tags = new Set(), foldsCase = foldsCaseHere() }: WalkOptions) {
    this.#signal = signal;
    this.#tags = tags;
    this.#omit = omit;
    this.#exclude = new IgnoreRules(exclude.join('\n'), foldsCase);
    this.#foldsCase = foldsCase;
  }

  /** @param disk the devices of the folder and of the one above */
  async enter(
    path: string,
    above: readonly string[],
    rules: readonly Rules[],
    disk: { readonly own: number; readonly above: number },
  ): Promise<void> {
    throwIfAborted(this.#signal);
    const entries = await readdir(path, { withFileTypes: true });
    this.folders.push(path);
    if (disk.own !== disk.above) this.mounts.push(above.join('/'));
    if (entries.length === 0 && above.length > 0) this.empty.push(above.join('/'));
    this.#walked += entries.length;
    const contents = entries.map(({ name }) => name);
    if (await isSecretFolder(path, contents)) {
      this.skipped.push({ path, why: WHY_SECRET });
      return;
    }
    if (this.#walked > MAX_WALKED) {
      throw new ShoalError(
        'FOLDER_TOO_LARGE',
        `It contains more than ${MAX_WALKED} files: share its subfolders one by one.`,
      );
    }
    const own = await readRules(path, entries, this.#foldsCase);
    const all = own ? [...rules, { depth: above.length, rules: own }] : rules;
    for (const entry of entries.sort(byName)) {
      const names = [...above, entry.name];
      const place = names.join('/');
      if (entry.name === NEVER || this.#omit.has(place) || this.#isLeftOut(names, entry.isDirectory(), all))
        this.leftOut.add(place);
      else await this.#take(join(path, entry.name), names, entry, all, disk.own);
    }
  }

  async #take(
    path: string,
    names: readonly string[],
    entry: Dirent,
    rules: readonly Rules[],
    device: number,
  ): Promise<void> {
    try {
      if (entry.isDirectory())
        return await this.enter(path, names, rules, { own: (await lstat(path)).dev, above: device });
      if (!entry.isFile()) {
        this.skipped.push({ path, why: entry.isSymbolicLink() ? 'a link is never followed' : 'no regular file' });
        return;
      }
      if (this.#tags.has(tagIn(entry.name) ?? '') || (await isUnfinished(path))) {
        this.skipped.push({ path, why: 'a part of an unfinished download' });
        return;
      }
      const { size, mtimeNs, mode } = await lstat(path, { bigint: true });
      const executable = executableIn(Number(mode));
      this.files.push({ path, place: names.join('/'), sizeBytes: Number(size), modifiedNs: mtimeNs, executable });
    } catch (thrown) {
      const error = ShoalError.from(thrown, 'DISK_ERROR');
      if (ENDING.has(error.code)) throw error;
      this.unread.push(path);
      this.skipped.push({ path, why: error.message });
    }
  }

  /** Applies the rules as git does: the innermost folder with a matching rule decides. */
  #isLeftOut(names: readonly string[], isFolder: boolean, all: readonly Rules[]): boolean {
    const normal = names.map(nameForRules);
    if (this.#exclude.verdict(normal.join('/'), isFolder) === 'out') return true;
    for (const { depth, rules } of all.toReversed()) {
      const verdict = rules.verdict(normal.slice(depth).join('/'), isFolder);
      if (verdict !== undefined) return verdict === 'out';
    }
    return false;
  }
}

/** A name as git compares it. On macOS, git composes names before (`core.precomposeunicode`). */
function nameForRules(name: string): string {
  return process.platform === 'darwin' ? name.normalize('NFC') : name;
}

function byName(a: Dirent, b: Dirent): number {
  return a.name < b.name ? -1 : 1;
}
