import type { TLSSocket } from 'node:tls';

/** Writes with whatever else is written in this turn of the event loop: in one record, with one call. */
export function writeCorked(socket: TLSSocket, bytes: Uint8Array): void {
  if (socket.writableCorked === 0) {
    socket.cork();
    process.nextTick(() => socket.uncork());
  }
  socket.write(bytes);
}

/** Writes something large, behind what waits for the end of the turn: put together with it, it would be copied. */
export function writeAlone(socket: TLSSocket, bytes: Uint8Array, onWritten: (error?: Error | null) => void): void {
  socket.uncork();
  socket.write(bytes, onWritten);
}
