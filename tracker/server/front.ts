import type { Server, Socket } from 'node:net';
import { decodePreamble, PREAMBLE_BYTES, PREAMBLE_FIRST_BYTE, type Preamble } from '@shoal/sdk/protocol';

/** The first byte of TLS: a handshake record. */
const TLS_FIRST_BYTE = 0x16;

export interface FrontParts {
  /** Admits a connection, or destroys it. */
  readonly enter: (socket: Socket) => void;
  /** Takes a connection with a preamble. Returns false if nobody waits for it. */
  readonly take: (socket: Socket, preamble: Preamble) => boolean;
}

/**
 * Puts a look at the first byte of each connection before the handling of a TLS server: TLS goes on as before, a preamble goes to
 * whoever waits for it, and anything else is closed without an answer. The server keeps its port, its timeouts, and the count of its connections.
 */
export function putFrontBefore(server: Server, { enter, take }: FrontParts): void {
  const handlers = server.listeners('connection');
  server.removeAllListeners('connection');
  const secure = (socket: Socket) => {
    for (const handler of handlers) Reflect.apply(handler, server, [socket]);
  };
  server.on('connection', (socket: Socket) => {
    enter(socket);
    if (!socket.destroyed) peek(socket, secure, take);
  });
}

/** Reads no more of a connection than tells what it is. A silent one is the door's to close. */
function peek(socket: Socket, secure: (socket: Socket) => void, take: FrontParts['take']): void {
  let first: Buffer | null = null;
  const ignore = () => {}; // 'close' follows
  const read = () => {
    if (socket.destroyed) return;
    first ??= socket.read(1) as Buffer | null; // a socket without an encoding reads bytes
    if (!first) return;
    if (first[0] === TLS_FIRST_BYTE) {
      settle();
      socket.unshift(first);
      secure(socket);
      return;
    }
    if (first[0] !== PREAMBLE_FIRST_BYTE) {
      socket.destroy();
      return;
    }
    const rest = socket.read(PREAMBLE_BYTES - 1) as Buffer | null;
    if (!rest) return;
    settle();
    const preamble = decodePreamble(Buffer.concat([first, rest]));
    if (!preamble || preamble.kind === 'back' || !take(socket, preamble)) socket.destroy();
  };
  const settle = () => {
    socket.off('readable', read);
  };
  socket.on('error', ignore);
  socket.on('readable', read);
}
