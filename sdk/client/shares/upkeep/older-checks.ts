import { type FileStamp, sameStamp } from '../../../disk/index.js';
import { backOffMs, eachInLanes } from '../../../program/index.js';
import { decodeManifest, ShoalError } from '../../../protocol/index.js';
import type { ShareState } from '../../api/results.js';
import type { OlderFile } from '../../library/records/library-schema.js';
import { recordedStamp } from '../../library/records/recorded-stamp.js';
import type { Session } from '../../session/session.js';
import type { ShareService } from '../serving/share-service.js';
import { FileLooks, type NotThere } from './file-look.js';

const LOOKS_AT_ONCE = 8;
/** Rest after a file could not be read, or changed while it was hashed. */
const FIRST_REST_MS = 1000;
const LAST_REST_MS = 60_000;

interface Found {
  readonly state: ShareState;
  /** The stamp of the other content. */
  readonly stamp?: string;
  readonly attempts: number;
  readonly restUntilMs: number;
}

interface ChecksParts {
  readonly service: ShareService;
  /** The state of a file has another name. */
  onChanged(file: OlderFile): void;
  /** A file lies in a data folder of Shoal, or its manifest is lost: its record ends. */
  onUseless(file: OlderFile): void;
}

/** Finds out which files with older versions can be served. */
export class OlderChecks {
  readonly #session: Session;
  readonly #parts: ChecksParts;
  readonly #found = new WeakMap<OlderFile, Found>();
  readonly #running = new Map<OlderFile, Promise<void>>();
  readonly #stop = new AbortController();
  readonly #bornMs = Date.now();

  constructor(session: Session, parts: ChecksParts) {
    this.#session = session;
    this.#parts = parts;
  }

  stateOf(file: OlderFile): ShareState {
    const unknown = { name: 'verifying', sinceMs: this.#bornMs, why: 'The file was not looked at yet.' } as const;
    return this.#found.get(file)?.state ?? unknown;
  }

  /** Whether a file is not as it was found last. */
  async differs(file: OlderFile): Promise<boolean> {
    const found = this.#found.get(file);
    if (this.#running.has(file) || (found && performance.now() < found.restUntilMs)) return false;
    const isServed = this.#parts.service.has(file);
    try {
      const stamp = await this.#session.hashes.stamp(file.path);
      return isServed ? !sameStamp(stamp, recordedStamp(file)) : found?.stamp !== stampText(stamp);
    } catch {
      return isServed;
    }
  }

  /** Serves the files that are as they were, and no others. Never rejects. */
  async check(files: readonly OlderFile[]): Promise<void> {
    const looks = new FileLooks(this.#session.hashes);
    await eachInLanes(LOOKS_AT_ONCE, files, (file) => this.#inTurn(file, looks), this.#stop.signal);
  }

  /** Serves a file whose content is known to be there. */
  serve(file: OlderFile, manifest: Uint8Array, stamp: FileStamp): void {
    this.#parts.service.serve(file, manifest, stamp);
    this.#set(file, 'available');
  }

  /** A record has another path; its file is the same. */
  onMoved(former: OlderFile, file: OlderFile): void {
    const found = this.#found.get(former);
    if (found) this.#found.set(file, found);
  }

  close(): void {
    this.#stop.abort();
  }

  #inTurn(file: OlderFile, looks: FileLooks): Promise<void> {
    const checked = (this.#running.get(file) ?? Promise.resolve())
      .then(() => this.#check(file, looks))
      .catch((error: unknown) => this.#lose(file, 'unreadable', ShoalError.from(error, 'DISK_ERROR').message))
      .finally(() => {
        if (this.#running.get(file) === checked) this.#running.delete(file);
      });
    this.#running.set(file, checked);
    return checked;
  }

  async #check(file: OlderFile, looks: FileLooks): Promise<void> {
    const look = await looks.at(file.path, this.stateOf(file).name === 'unreadable');
    if (!this.#isWished(file)) return;
    if (look.kind !== 'there') return this.#onAbsent(file, look);
    const { stamp } = look;
    const manifest = await this.#session.library.manifestOf(file);
    if (!this.#isWished(file)) return;
    if (!manifest) this.#parts.onUseless(file);
    else if (sameStamp(stamp, recordedStamp(file))) this.serve(file, manifest, stamp);
    else if (stamp.sizeBytes === file.sizeBytes) await this.#hash(file, manifest, looks);
    else this.#lose(file, 'edited', editedSince(file), stamp);
  }

  /** The content of a file with another time may be the same. */
  async #hash(file: OlderFile, known: Uint8Array, looks: FileLooks): Promise<void> {
    const { account, hashes } = this.#session;
    const { signal } = this.#stop;
    try {
      const { manifest, stamp } = await hashes.manifest(file.path, decodeManifest(known).algorithm, { signal });
      if (!this.#isWished(file)) return;
      if (decodeManifest(manifest).id !== file.manifestId) {
        this.#lose(file, 'edited', editedSince(file), stamp);
        return;
      }
      const changed = account.olderFiles.change(file, { modifiedNs: String(stamp.modifiedNs) });
      this.onMoved(file, changed);
      this.serve(changed, manifest, stamp);
      this.#parts.service.unserve([file]);
    } catch (thrown) {
      const error = ShoalError.from(thrown, 'DISK_ERROR');
      if (!this.#isWished(file)) return;
      if (error.code === 'FILE_CHANGED') this.#lose(file, 'edited', editedSince(file));
      else this.#onAbsent(file, await looks.after(file.path, error));
    }
  }

  #onAbsent(file: OlderFile, look: NotThere): void {
    if (look.kind === 'secret') this.#parts.onUseless(file);
    else this.#lose(file, look.kind, look.why);
  }

  /** @param stamp the stamp of the other content; without it, the file is tried again after a rest, or when it is back */
  #lose(file: OlderFile, name: 'edited' | 'missing' | 'unreadable', why: string, stamp?: FileStamp): void {
    if (!this.#isWished(file)) return;
    this.#parts.service.unserve([file], name === 'edited');
    this.#set(file, name, why, stamp);
  }

  #set(file: OlderFile, name: ShareState['name'], why?: string, stamp?: FileStamp): void {
    const before = this.#found.get(file);
    const sinceMs = before?.state.name === name ? before.state.sinceMs : Date.now();
    const rests = name === 'unreadable' || (name === 'edited' && !stamp);
    const attempts = rests ? (before?.attempts ?? 0) + 1 : 0;
    const restUntilMs = rests ? performance.now() + backOffMs(attempts - 1, FIRST_REST_MS, LAST_REST_MS) : 0;
    const state = { name, sinceMs, ...(why !== undefined && { why }) };
    this.#found.set(file, { state, attempts, restUntilMs, ...(stamp && { stamp: stampText(stamp) }) });
    if (before?.state.name !== name) this.#parts.onChanged(file);
  }

  #isWished(file: OlderFile): boolean {
    return !this.#stop.signal.aborted && this.#session.account.olderFiles.holds(file);
  }
}

function editedSince({ path, version }: OlderFile): string {
  return `${path} has other content than version ${version}.`;
}

function stampText({ sizeBytes, modifiedNs }: FileStamp): string {
  return `${sizeBytes} ${modifiedNs}`;
}
