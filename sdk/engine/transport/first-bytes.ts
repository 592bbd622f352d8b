import type { Socket } from 'node:net';
import { decodePreamble, PREAMBLE_BYTES, PREAMBLE_FIRST_BYTE, type Preamble } from '../../protocol/index.js';

/** The first byte of TLS: a handshake record. */
const TLS_FIRST_BYTE = 0x16;

export interface FirstBytesCallbacks {
  /** The connection begins with TLS. Nothing of it is read yet. */
  onTls(): void;
  /** The connection began with this preamble; TLS follows. */
  onPreamble(preamble: Preamble): void;
}

/** Finds out how a connection begins. One that begins otherwise, or too late, is destroyed without an answer. */
export function readFirstBytes(socket: Socket, timeoutMs: number, { onTls, onPreamble }: FirstBytesCallbacks): void {
  const timer = setTimeout(() => socket.destroy(), timeoutMs);
  const stop = () => {
    clearTimeout(timer);
    socket.off('readable', onReadable);
    socket.off('end', onEnd);
    socket.off('close', stop);
  };
  const onEnd = () => socket.destroy();
  let first: Buffer | undefined;
  const onReadable = () => {
    first ??= read(socket, 1);
    if (!first) return;
    if (first[0] === TLS_FIRST_BYTE) {
      stop();
      socket.unshift(first);
      onTls();
      return;
    }
    if (first[0] !== PREAMBLE_FIRST_BYTE) {
      socket.destroy();
      return;
    }
    const rest = read(socket, PREAMBLE_BYTES - 1);
    if (!rest) return;
    stop();
    const preamble = decodePreamble(Buffer.concat([first, rest]));
    if (preamble) onPreamble(preamble);
    else socket.destroy();
  };
  socket.on('readable', onReadable);
  socket.once('end', onEnd);
  socket.once('close', stop);
}

/** The next bytes; undefined while there are fewer. */
function read(socket: Socket, bytes: number): Buffer | undefined {
  const chunk: unknown = socket.read(bytes);
  return Buffer.isBuffer(chunk) && chunk.length === bytes ? chunk : undefined;
}
