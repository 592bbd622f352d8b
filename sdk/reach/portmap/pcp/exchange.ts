import { createSocket, type RemoteInfo } from 'node:dgram';
import { onAbort } from '../../../program/index.js';
import { reasonOf } from '../router/clock.js';
import { PortMapError } from '../router/port-map-error.js';
import type { Conversation } from '../router/router.js';

/** The largest packet of PCP; NAT-PMP's are smaller. */
const MAX_PACKET_BYTES = 1100;

export interface Request<T> {
  /** The router's UDP port. */
  readonly port: number;
  readonly bytes: Uint8Array;
  /** How long each transmission waits for an answer before the next one; after the last one, nobody has answered. */
  readonly waitsMs: readonly number[];
  /** Reads an answer; undefined if the packet is no answer to this request. */
  read(bytes: Buffer): T | undefined;
}

/**
 * Sends a request to the gateway until it is answered. The socket is connected: the system passes on packets only from the gateway's
 * address and port, and reports a closed port at once.
 * @throws PortMapError `no-answer`; errors of `read` as they are; the signal's reason
 */
export function exchange<T>(
  { route, clock }: Pick<Conversation, 'route' | 'clock'>,
  { port, bytes, waitsMs, read }: Request<T>,
  signal: AbortSignal,
): Promise<T> {
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const socket = createSocket('udp4');
    let cancelWait = () => {};
    let isOver = false;
    const end = (settle: () => void) => {
      if (isOver) return;
      isOver = true;
      cancelWait();
      leave();
      socket.close();
      settle();
    };
    const fail = (why: string, cause?: unknown) =>
      end(() => reject(new PortMapError('no-answer', `${route.gateway}:${port} ${why}.`, { cause })));
    const leave = onAbort(signal, () => end(() => reject(reasonOf(signal))));
    const transmit = (attempt: number) => {
      const waitMs = waitsMs[attempt];
      if (waitMs === undefined) return fail('does not answer');
      socket.send(bytes, (error) => error && fail('cannot be reached', error));
      cancelWait = clock.after(waitMs, () => transmit(attempt + 1));
    };
    socket.on('error', (error) => fail('cannot be reached', error));
    socket.on('message', (packet: Buffer, from: RemoteInfo) => {
      if (isOver || packet.length > MAX_PACKET_BYTES || from.address !== route.gateway || from.port !== port) return;
      try {
        const answer = read(packet);
        if (answer !== undefined) end(() => resolve(answer));
      } catch (error) {
        end(() => reject(error instanceof Error ? error : new Error(String(error))));
      }
    });
    socket.unref();
    socket.bind({ address: route.localAddress, port: 0, exclusive: true }, () => {
      if (isOver) return;
      socket.connect(port, route.gateway, (error?: Error) => {
        if (error) fail('cannot be reached', error);
        else if (!isOver) transmit(0);
      });
    });
  });
}
