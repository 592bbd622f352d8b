import { readFile } from 'node:fs/promises';
import { ShoalError } from '@shoal/sdk/protocol';
import * as vscode from 'vscode';
import {
  MAX_SHOWN_BYTES,
  placeOfPath,
  VERSION_SCHEME,
  type VersionPlace,
  versionPath,
} from '../model/sharing/version-place.js';
import type { RemoteClient } from '../remote/remote-client.js';
import { EditorError, formatBytes, t, wordError } from '../words/index.js';

/** A version with a copy on this computer. */
type Opened = Awaited<ReturnType<RemoteClient['openVersion']>>;

/** The editor asks for the size of a version again and again: within this time, one answer does. */
const FRESH_MS = 10_000;
const MOST_FRESH = 20;

export function versionUri(place: VersionPlace): vscode.Uri {
  return vscode.Uri.from({ scheme: VERSION_SCHEME, path: versionPath(place) });
}

/** The versions of files as a read-only file system: texts, images, notebooks and comparisons are shown as of any file. */
export class VersionFiles implements vscode.FileSystemProvider {
  readonly #client: RemoteClient;
  readonly #opened = new Map<string, { readonly atMs: number; readonly file: Promise<Opened> }>();
  /** A version never changes. */
  readonly onDidChangeFile = new vscode.EventEmitter<vscode.FileChangeEvent[]>().event;

  constructor(client: RemoteClient) {
    this.#client = client;
  }

  /** Fetches a version, if it is not on this computer. @throws EditorError `FILE_TOO_LARGE` if it is too large to show */
  async open(place: VersionPlace, signal?: AbortSignal): Promise<Opened> {
    const key = versionPath(place);
    const known = this.#opened.get(key);
    const nowMs = performance.now();
    if (known && nowMs - known.atMs < FRESH_MS) return known.file;
    const file = this.#fetch(place, signal);
    this.#opened.delete(key);
    this.#opened.set(key, { atMs: nowMs, file });
    file.catch(() => this.#opened.delete(key));
    const [oldest] = this.#opened.keys();
    if (this.#opened.size > MOST_FRESH && oldest !== undefined) this.#opened.delete(oldest);
    return file;
  }

  async stat(uri: vscode.Uri): Promise<vscode.FileStat> {
    const { sizeBytes: size, manifestId } = await this.#at(uri, (place) => this.open(place));
    const mtime = Number.parseInt(manifestId.slice(0, 10), 16); // the same content has the same time
    return { type: vscode.FileType.File, ctime: 0, mtime, size, permissions: vscode.FilePermission.Readonly };
  }

  readFile(uri: vscode.Uri): Promise<Uint8Array> {
    return this.#at(uri, async (place) => (await this.#read(place)) ?? (await this.#read(place)) ?? unreadable(place));
  }

  watch(): vscode.Disposable {
    return new vscode.Disposable(() => {});
  }

  readDirectory(uri: vscode.Uri): never {
    throw vscode.FileSystemError.FileNotADirectory(uri);
  }

  createDirectory(uri: vscode.Uri): never {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  writeFile(uri: vscode.Uri): never {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  delete(uri: vscode.Uri): never {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  rename(uri: vscode.Uri): never {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  /** Undefined if the copy had to make room meanwhile, or was the user's own file and is edited now. */
  async #read(place: VersionPlace): Promise<Uint8Array | undefined> {
    this.#opened.delete(versionPath(place));
    const { path, sizeBytes } = await this.open(place);
    const content = await readFile(path).catch(() => undefined);
    return content?.length === sizeBytes ? content : undefined;
  }

  async #fetch(place: VersionPlace, signal: AbortSignal | undefined): Promise<Opened> {
    const { groupId, fileName, version } = place;
    await this.#client.open();
    if (this.#client.userId === undefined) await this.#client.settled(); // an earlier session may be resuming
    try {
      return await this.#client.openVersion(groupId, fileName, version, {
        ...(signal && { signal }),
        maxBytes: MAX_SHOWN_BYTES,
      });
    } catch (thrown) {
      const error = ShoalError.from(thrown);
      if (error.code === 'FILE_TOO_LARGE') {
        const most = formatBytes(MAX_SHOWN_BYTES);
        throw new EditorError(
          'FILE_TOO_LARGE',
          t('{0} is too large to be shown (at most {1}): download it.', fileName, most),
        );
      }
      if (error.code !== 'TIMEOUT') throw error;
      const what = t('Nobody who has version {1} of {0} is online: try again later.', fileName, version);
      const args = [{ kind: 'file', groupId, fileName }];
      throw new EditorError('TIMEOUT', what, { label: t('Show History'), command: 'shoal.listVersions', args });
    }
  }

  async #at<T>(uri: vscode.Uri, act: (place: VersionPlace) => Promise<T>): Promise<T> {
    const place = placeOfPath(uri.path);
    if (!place) throw vscode.FileSystemError.FileNotFound(uri);
    try {
      return await act(place);
    } catch (thrown) {
      throw fileSystemError(ShoalError.from(thrown));
    }
  }
}

const ABSENT: ReadonlySet<string> = new Set(['VERSION_NOT_FOUND', 'FILE_NOT_FOUND', 'GROUP_NOT_FOUND', 'FILE_REMOVED']);

function fileSystemError(error: ShoalError): vscode.FileSystemError {
  const { text } = wordError(error);
  if (ABSENT.has(error.code)) return vscode.FileSystemError.FileNotFound(text);
  if (error.code === 'NOT_A_MEMBER') return vscode.FileSystemError.NoPermissions(text);
  return vscode.FileSystemError.Unavailable(text);
}

function unreadable({ fileName, version }: VersionPlace): never {
  throw new EditorError(
    'FILE_CHANGED',
    t('Version {1} of {0} changed while it was read: try again.', fileName, version),
  );
}
