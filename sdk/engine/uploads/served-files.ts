import type { FileStamp } from '../../disk/index.js';
import { decodeManifest, type ErrorCode, type Manifest, type ShoalError } from '../../protocol/index.js';
import { contentKey, type ServeOrder } from '../messages.js';
import { OpenFiles } from '../storage/parts/open-files.js';
import type { Served } from '../storage/parts/whole-file.js';
import type { Clock } from '../util/clock.js';
import { ServedFile, type ServedPart } from './served-file.js';

export interface ServedFilesContext {
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** The whole file at a path. */
  readonly fileAt: (path: string, stamp: FileStamp, open: OpenFiles) => Served;
  /** The announced pieces are no longer right: peers must open the file again; `code` is the reason. */
  onRecounted(content: ServedFile, code: ErrorCode): void;
  /** One more piece is available. */
  onPiece(content: ServedFile, piece: number): void;
  /** A file is doubtful, or no longer used: it changed, disappeared or cannot be read. */
  onBroken(content: ServedFile, file: Served, error: ShoalError): void;
}

/** Contents whose files changed. Whoever asks for one later is told so. */
const MAX_CHANGED = 1024;

/** All served contents: each once in a group, however many local files and downloads have it. */
export class ServedFiles {
  readonly #context: ServedFilesContext;
  readonly #byKey = new Map<string, ServedFile>();
  readonly #changed = new Set<string>();
  readonly #open = new OpenFiles();

  constructor(context: ServedFilesContext) {
    this.#context = context;
  }

  get(groupId: string, manifestId: string): ServedFile | undefined {
    return this.#byKey.get(contentKey(groupId, manifestId));
  }

  /** The code for a content that is not served. */
  refusalOf(groupId: string, manifestId: string): ErrorCode {
    return this.#changed.has(contentKey(groupId, manifestId)) ? 'FILE_CHANGED' : 'FILE_NOT_FOUND';
  }

  /** Whether a path belongs to a served complete file. */
  hasFile(path: string): boolean {
    for (const content of this.#byKey.values()) if (content.hasFile(path)) return true;
    return false;
  }

  addFile({ groupId, manifest, path, stamp, isSpare }: ServeOrder): void {
    const content = this.#of(groupId, decodeManifest(manifest));
    this.#change(content, () => content.addFile(this.#fileAt(path, stamp), isSpare));
  }

  /**
   * Stops serving a content from the file at this path, or from all complete files.
   * @param isChanged the file has other content now
   */
  removeFiles(groupId: string, manifestId: string, path?: string, isChanged = false): void {
    const content = this.get(groupId, manifestId);
    if (content) this.#change(content, () => content.removeFiles(path), isChanged ? 'FILE_CHANGED' : 'FILE_NOT_FOUND');
  }

  addPart(part: ServedPart): ServedFile {
    const content = this.#of(part.groupId, part.manifest);
    this.#change(content, () => content.addPart(part));
    return content;
  }

  removePart(part: ServedPart): void {
    const content = this.get(part.groupId, part.manifest.id);
    if (content) this.#change(content, () => content.removePart(part));
  }

  /** A download became a complete file. */
  becomeFile(part: ServedPart, path: string, stamp: FileStamp): void {
    this.get(part.groupId, part.manifest.id)?.becomeFile(part, this.#fileAt(path, stamp));
  }

  came(part: ServedPart, piece: number): void {
    const content = this.get(part.groupId, part.manifest.id);
    if (content?.came(part, piece)) this.#context.onPiece(content, piece);
  }

  deal(nowMs: number): void {
    for (const content of this.#byKey.values()) content.deal(nowMs);
  }

  clear(): void {
    for (const content of this.#byKey.values()) content.removeFiles();
    this.#byKey.clear();
    this.#changed.clear();
    this.#open.closeAll();
  }

  #fileAt(path: string, stamp: FileStamp): Served {
    return this.#context.fileAt(path, stamp, this.#open);
  }

  #of(groupId: string, manifest: Manifest): ServedFile {
    const key = contentKey(groupId, manifest.id);
    const known = this.#byKey.get(key);
    if (known) return known;
    const content = new ServedFile(groupId, manifest, {
      clock: this.#context.clock,
      random: this.#context.random,
      onBroken: (file, error, recounts) => {
        this.#context.onBroken(content, file, error);
        this.#settle(content, recounts, error.code);
      },
      onDoubtOver: (path) => this.removeFiles(groupId, manifest.id, path),
    });
    this.#byKey.set(key, content);
    this.#changed.delete(key);
    return content;
  }

  #change(content: ServedFile, change: () => void, why?: ErrorCode): void {
    const before = content.recounts;
    change();
    this.#settle(content, before, why);
  }

  /** @param why the reason, if nothing of the content is left */
  #settle(content: ServedFile, before: number, why: ErrorCode = 'FILE_NOT_FOUND'): void {
    if (content.isEmpty && this.#byKey.get(content.key) === content) {
      this.#byKey.delete(content.key);
      if (why === 'FILE_CHANGED') this.#remember(content.key);
    }
    if (content.isOpen && content.recounts !== before)
      this.#context.onRecounted(content, content.isEmpty ? why : 'FILE_NOT_FOUND');
  }

  #remember(key: string): void {
    this.#changed.add(key);
    const [oldest] = this.#changed;
    if (this.#changed.size > MAX_CHANGED && oldest !== undefined) this.#changed.delete(oldest);
  }
}
