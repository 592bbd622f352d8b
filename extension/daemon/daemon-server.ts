import { randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type FolderLock, lockFolder } from '@shoal/sdk/disk';
import * as jsonrpc from 'vscode-jsonrpc/node';
import { readEndpoint, removeEndpoint, writeEndpoint } from './endpoint-file.js';
import { makeLocalAddress, removeLocalAddress } from './local-address.js';
import { DISMISSED, RETIRE, talkOver } from './rpc.js';

export interface DaemonServerOptions {
  /** Folder for the lock and the endpoint; created if missing. */
  readonly folder: string;
  readonly protocol: number;
  readonly version: string;
  /** Time that it stays after the last window, in milliseconds: a reload takes some seconds. */
  readonly lingerMs: number;
  /** Whether it stays without a window, as long as this returns true. */
  readonly mayStay: () => boolean;
  /** A window attached: registers the answers and events. */
  readonly onWindow: (window: jsonrpc.MessageConnection) => void;
  /** There is nothing more to do: no window is left, or one requests the end. */
  readonly onEnd: () => void;
}

const SECRET_BYTES = 32;
const SECRET_TIMEOUT_MS = 5000;
/** Limit of the wait for a hung window. */
const DISMISS_TIMEOUT_MS = 5000;

/** The daemon's side: one process per folder; windows attach over a local socket that only its owner can access. */
export class DaemonServer {
  readonly #options: DaemonServerOptions;
  readonly #lock: FolderLock;
  readonly #server: Server;
  readonly #address: string;
  readonly #secret: Buffer;
  readonly #windows = new Set<jsonrpc.MessageConnection>();
  readonly #sockets = new Set<Socket>();
  #lingering: NodeJS.Timeout | undefined;
  #ended = false;
  #isExpired = false;

  private constructor(options: DaemonServerOptions, lock: FolderLock, address: string) {
    this.#options = options;
    this.#lock = lock;
    this.#address = address;
    this.#secret = randomBytes(SECRET_BYTES);
    this.#server = createServer((socket) => this.#onSocket(socket));
  }

  /** @throws ShoalError `DATA_DIR_IN_USE` if another process holds the folder, or errors of the disk */
  static async open(options: DaemonServerOptions): Promise<DaemonServer> {
    let server: DaemonServer | undefined;
    const lock = await lockFolder(options.folder, { onLost: () => void server?.close() });
    const before = await readEndpoint(options.folder);
    if (before) await removeLocalAddress(before.address); // of a killed daemon
    server = new DaemonServer(options, lock, await makeLocalAddress());
    await server.#listen();
    return server;
  }

  get windows(): ReadonlySet<jsonrpc.MessageConnection> {
    return this.#windows;
  }

  /** The answer of `mayStay` may have changed. It can delay the pending end of the daemon. */
  review(): void {
    if (this.#ended) return;
    if (this.#windows.size > 0 || (!this.#isExpired && this.#options.mayStay())) this.#stay();
    else if (this.#isExpired) this.#end();
    else this.#lingering ??= setTimeout(() => this.#end(), this.#options.lingerMs);
  }

  /** Its program was removed or replaced: it ends as soon as it has no window, whatever `mayStay` says. */
  expire(): void {
    this.#isExpired = true;
    this.review();
  }

  /**
   * Announces a requested end to every window, so that none starts another daemon, and waits until they have detached:
   * a window loses unread messages, such as earlier answers, when the connection ends.
   */
  async dismiss(): Promise<void> {
    this.#ended = true;
    this.#stay();
    this.#server.close();
    const gone = [...this.#windows].map((window) => new Promise<void>((resolve) => window.onClose(resolve)));
    for (const window of this.#windows) window.sendNotification(DISMISSED).catch(() => {}); // the window is gone
    await Promise.race([Promise.all(gone), sleep(DISMISS_TIMEOUT_MS)]);
  }

  async close(): Promise<void> {
    this.#ended = true;
    this.#stay();
    this.#server.close();
    for (const window of this.#windows) window.end();
    for (const socket of this.#sockets) socket.destroySoon();
    await removeEndpoint(this.#options.folder);
    await removeLocalAddress(this.#address);
    await this.#lock.release();
  }

  async #listen(): Promise<void> {
    const { folder, protocol, version } = this.#options;
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(this.#address, resolve);
    });
    const secret = this.#secret.toString('hex');
    await writeEndpoint(folder, { pid: process.pid, address: this.#address, secret, protocol, version });
    this.review();
  }

  #onSocket(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => {}); // 'close' follows
    socket.once('close', () => this.#sockets.delete(socket));
    const timer = setTimeout(() => socket.destroy(), SECRET_TIMEOUT_MS);
    const onReadable = () => {
      const shown: unknown = socket.read(SECRET_BYTES);
      if (!(shown instanceof Buffer)) return;
      clearTimeout(timer);
      socket.off('readable', onReadable);
      if (shown.length === SECRET_BYTES && timingSafeEqual(shown, this.#secret)) this.#attach(socket);
      else socket.destroy();
    };
    socket.on('readable', onReadable);
  }

  #attach(socket: Socket): void {
    this.#stay();
    const window = talkOver(socket, jsonrpc);
    this.#windows.add(window);
    window.onClose(() => {
      this.#windows.delete(window);
      window.dispose();
      this.review();
    });
    window.onRequest(RETIRE, () => setImmediate(() => this.#end()));
    this.#options.onWindow(window);
    window.listen();
  }

  #stay(): void {
    clearTimeout(this.#lingering);
    this.#lingering = undefined;
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#options.onEnd();
  }
}
