import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import type { TlsIdentity } from '../../../sdk/identity/index.js';
import type { TrackerEvent, TrackerEventName } from '../../../sdk/protocol/index.js';

/** A tracker that works, and says more than it should: it passes on what an honest one says, whose key it has, and adds events of its own. */
export class HostileTracker {
  readonly #server: Server;
  readonly #clients = new Set<WebSocket>();
  readonly #identity: TlsIdentity;

  /** @param honest the address of the other tracker */
  private constructor(identity: TlsIdentity, honest: string) {
    this.#identity = identity;
    this.#server = createServer({ key: identity.privateKeyPem, cert: identity.certificatePem });
    const sockets = new WebSocketServer({ server: this.#server, path: '/shoal', perMessageDeflate: false });
    sockets.on('connection', (client) => this.#join(client, honest));
  }

  static async open(host: string, identity: TlsIdentity, honest: string): Promise<HostileTracker> {
    const tracker = new HostileTracker(identity, honest);
    tracker.#server.listen(0, host);
    await once(tracker.#server, 'listening');
    return tracker;
  }

  get url(): string {
    const { address, port } = this.#server.address() as AddressInfo;
    return `wss://${address}:${port}#${this.#identity.id}`;
  }

  /** Tells every client of an event. */
  tell<E extends TrackerEventName>(method: E, params: TrackerEvent<E>): void {
    for (const client of this.#clients) client.send(JSON.stringify({ jsonrpc: '2.0', method, params }));
  }

  close(): void {
    for (const client of this.#clients) client.terminate();
    this.#server.close();
  }

  #join(client: WebSocket, honest: string): void {
    this.#clients.add(client);
    const onward = new WebSocket(`${honest.split('#')[0]}/shoal`, {
      rejectUnauthorized: false,
      perMessageDeflate: false,
    });
    const isOpen = once(onward, 'open');
    client.on(
      'message',
      (data) =>
        void isOpen.then(
          () => onward.send(String(data)),
          () => client.terminate(),
        ),
    );
    onward.on('message', (data) => client.send(String(data)));
    for (const [one, other] of [
      [client, onward],
      [onward, client],
    ] as const) {
      one.on('error', () => {}); // 'close' follows
      one.once('close', () => {
        this.#clients.delete(client);
        other.terminate();
      });
    }
  }
}
