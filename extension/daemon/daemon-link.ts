import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { backOffMs } from '@shoal/sdk/program';
import { ShoalError } from '@shoal/sdk/protocol';
import { EventEmitter } from 'eventemitter3';
import type { MessageConnection } from 'vscode-jsonrpc/node';
import { type DaemonEndpoint, readEndpoint } from './endpoint-file.js';
import { DISMISSED, RETIRE, talkOver } from './rpc.js';
import { startDaemon } from './start-daemon.js';

export interface DaemonLinkOptions {
  /** The folder of the daemon, which also opens it. */
  readonly folder: string;
  /** The program of the daemon. */
  readonly script: string;
  /** The options of the daemon. */
  readonly startOptions: () => unknown;
  readonly protocol: number;
  readonly version: string;
}

interface DaemonLinkEvents {
  /** A daemon is attached; it may be a new one without any state. */
  up: [MessageConnection];
  /** The daemon ended unexpectedly; another one is started. */
  down: [];
  /** The daemon ends at the user's request, in any window; no other one is started. */
  dismissed: [];
  /** No daemon could be started; the link keeps trying. */
  failed: [ShoalError];
}

const CONNECT_TIMEOUT_MS = 3000;
const START_PATIENCE_MS = 15_000;
const POLL_MS = 50;
const FIRST_RETRY_MS = 200;
const LAST_RETRY_MS = 10_000;

/** The window's side: finds the daemon, starts it if there is none, and again after its death. */
export class DaemonLink extends EventEmitter<DaemonLinkEvents> {
  readonly #options: DaemonLinkOptions;
  #connection: MessageConnection | undefined;
  #opening: Promise<MessageConnection> | undefined;
  #looking: Promise<MessageConnection | undefined> | undefined;
  #retry: NodeJS.Timeout | undefined;
  #attempt = 0;
  #closed = false;

  constructor(options: DaemonLinkOptions) {
    super();
    this.#options = options;
  }

  get connection(): MessageConnection | undefined {
    return this.#connection;
  }

  /** The daemon; starts it if there is none. @throws ShoalError if it does not start */
  open(): Promise<MessageConnection> {
    if (this.#connection) return Promise.resolve(this.#connection);
    this.#opening ??= this.#start().finally(() => {
      this.#opening = undefined;
    });
    return this.#opening;
  }

  /** The daemon, if there is one already. */
  async openIfThere(): Promise<MessageConnection | undefined> {
    return this.#connection ?? this.#opening ?? this.#look();
  }

  /** The daemon ends as requested: no other one is started for that. */
  release(): void {
    clearTimeout(this.#retry);
    this.#connection = undefined;
  }

  /** Detaches; the daemon continues as long as it may. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#retry);
    this.#connection?.end();
    this.#connection?.dispose();
    this.#connection = undefined;
  }

  /** One search for all simultaneous callers. */
  #look(): Promise<MessageConnection | undefined> {
    this.#looking ??= this.#find().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  async #find(): Promise<MessageConnection | undefined> {
    const { folder, protocol, version } = this.#options;
    for (;;) {
      const endpoint = await readEndpoint(folder);
      const socket = endpoint && (await dial(endpoint));
      if (this.#closed) {
        socket?.destroy();
        throw new ShoalError('CLOSED', 'This window is closing.');
      }
      if (!endpoint || !socket) return undefined;
      if (endpoint.protocol > protocol) {
        socket.destroy();
        throw new ShoalError('DATA_DIR_NEWER', 'A newer Shoal runs in another window: reload this one.');
      }
      const isOlder = endpoint.protocol < protocol || compareVersions(endpoint.version, version) < 0;
      if (!isOlder) return this.#attach(await connectionOver(socket));
      await retire(socket);
    }
  }

  async #start(): Promise<MessageConnection> {
    const deadline = Date.now() + START_PATIENCE_MS;
    for (;;) {
      const found = await this.#look();
      if (found) return found;
      try {
        await startDaemon(this.#options.script, this.#options.startOptions());
      } catch (error) {
        const isBeingStarted = error instanceof ShoalError && error.code === 'DATA_DIR_IN_USE';
        if (!isBeingStarted || Date.now() > deadline) throw error;
        await sleep(POLL_MS); // another window starts one, or the old one is ending
      }
    }
  }

  #attach(connection: MessageConnection): MessageConnection {
    if (this.#closed) {
      connection.end();
      throw new ShoalError('CLOSED', 'This window is closing.');
    }
    connection.onClose(() => this.#onLost(connection));
    connection.onNotification(DISMISSED, () => {
      if (this.#connection === connection) this.release();
      connection.end(); // the daemon waits for that
      this.emit('dismissed');
    });
    this.#connection = connection;
    this.#attempt = 0;
    connection.listen();
    this.emit('up', connection); // nothing is read before this turn of the event loop is over
    return connection;
  }

  #onLost(connection: MessageConnection): void {
    connection.dispose();
    if (this.#connection !== connection) return;
    this.#connection = undefined;
    if (this.#closed) return;
    this.emit('down');
    this.#reopenLater();
  }

  #reopenLater(): void {
    const delayMs = backOffMs(this.#attempt++, FIRST_RETRY_MS, LAST_RETRY_MS, Math.random);
    this.#retry = setTimeout(() => {
      this.open().catch((error: unknown) => {
        this.emit('failed', ShoalError.from(error));
        if (!this.#closed) this.#reopenLater();
      });
    }, delayMs);
  }
}

/** Connects and presents the secret; undefined if no daemon is there any more. */
async function dial({ address, secret }: DaemonEndpoint): Promise<Socket | undefined> {
  const socket = connect(address);
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(CONNECT_TIMEOUT_MS) });
    socket.on('error', () => {}); // 'close' follows
    socket.write(Buffer.from(secret, 'hex'));
    return socket;
  } catch {
    socket.destroy();
    return undefined;
  }
}

/** Loads the JSON-RPC library here, because it would take a quarter of the extension's activation. */
async function connectionOver(socket: Socket): Promise<MessageConnection> {
  return talkOver(socket, await import('vscode-jsonrpc/node'));
}

/** Asks a daemon of an older extension to end, and waits for it. */
async function retire(socket: Socket): Promise<void> {
  const gone = new Promise((resolve) => socket.once('close', resolve));
  const connection = await connectionOver(socket);
  connection.listen();
  connection.sendRequest(RETIRE).catch(() => {}); // no wait for an answer, because it may end first
  await gone;
  connection.dispose();
}

/** Negative if `a` is the older of two versions `1.2.3`. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split(/[.-]/).map(Number));
  for (let at = 0; at < 3; at++) {
    const difference = (left?.[at] ?? 0) - (right?.[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
