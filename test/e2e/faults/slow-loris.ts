import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { TlsTransport } from '../../../sdk/engine/transport/tls-transport.js';
import type { TlsIdentity } from '../../../sdk/identity/index.js';
import { encodeFrame, type Source } from '../../../sdk/protocol/index.js';
import { RawRequester } from '../../sdk/engine/raw-requester.js';

/** The stages at which attackers leave their connections. */
export const KINDS = {
  tcp: 'that say nothing at all',
  tls: 'that shake hands and fall silent',
  ticket: 'that show a ticket and trickle a byte a second',
} as const;

export type Kind = keyof typeof KINDS;

/** Concurrent handshakes. */
const AT_ONCE = 50;

/** Connections that are held open without use. */
export class SlowLoris {
  readonly #holders: { close(): void }[] = [];
  #ticker: NodeJS.Timeout | undefined;

  /** Opens `count` connections to a peer, with a ticket if the kind needs one. The peer may close some of them at once. */
  static async hold(
    kind: Kind,
    count: number,
    source: Source,
    identity: TlsIdentity,
    ticket: string,
  ): Promise<SlowLoris> {
    const loris = new SlowLoris();
    const admitted: RawRequester[] = [];
    for (let opened = 0; opened < count; opened += AT_ONCE) {
      await Promise.all(
        Array.from({ length: Math.min(AT_ONCE, count - opened) }, async () => {
          if (kind === 'tcp') return loris.#holders.push({ close: closing(await dial(source)) });
          const requester = await RawRequester.connect(source, new TlsTransport(identity));
          if (kind === 'ticket') {
            requester.send({ type: 'ticket', ticket }, { type: 'ping', nonce: 1 });
            const stays = await requester.hears().then(
              () => true,
              () => false,
            );
            if (stays) admitted.push(requester);
          }
          return loris.#holders.push(requester);
        }),
      );
    }
    if (admitted.length > 0) loris.#trickle(admitted);
    return loris;
  }

  close(): void {
    clearInterval(this.#ticker);
    for (const holder of this.#holders.splice(0)) holder.close();
  }

  /** Sends each connection a ping, one byte per second. */
  #trickle(requesters: readonly RawRequester[]): void {
    const ping = encodeFrame({ type: 'ping', nonce: 2 });
    let at = 0;
    this.#ticker = setInterval(() => {
      const byte = Buffer.from(ping.subarray(at, at + 1));
      at = (at + 1) % ping.length;
      for (const requester of requesters) requester.sendRaw(byte);
    }, 1000);
  }
}

/** Resident memory of a process. Linux only. */
export function residentMib(pid: number | undefined): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
}

async function dial({ host, port }: Source): Promise<Socket> {
  const socket = connect(port, host);
  socket.on('error', () => {}); // the peer closes excess connections without a ticket
  await once(socket, 'connect');
  return socket;
}

function closing(socket: Socket): () => void {
  return () => socket.destroy();
}
