import { once } from 'node:events';
import { closeSync, constants, fsyncSync, openSync, writev } from 'node:fs';
import { connect as connectTcp, type Socket, type TcpSocketConnectOpts } from 'node:net';
import { type ConnectionOptions, connect } from 'node:tls';
import { Worker } from 'node:worker_threads';
import * as z from 'zod';
import { type PieceBuffer, PieceBuffers } from '../../sdk/engine/storage/disk-workers/piece-buffers.js';
import { peerTlsOptions } from '../../sdk/engine/transport/peer-tls.js';
import { PIECE_BYTES } from '../../sdk/protocol/index.js';
import { cpuClock, TLS } from './floor-end.js';

/** The receiving end of the bare transfer: reads pieces directly into the buffers that a worker digests, and writes eight at a time. */

const ORDER = z.object({ port: z.number(), out: z.string(), sizeBytes: z.number(), tls: TLS });
const PIECES_A_WRITE = 8;

const { port, out, sizeBytes, tls } = ORDER.parse(JSON.parse(process.argv[2] ?? ''));
const pieceCount = sizeBytes / PIECE_BYTES;
const buffers = new PieceBuffers();
const worker = new Worker(new URL('floor-digests.mjs', import.meta.url), { workerData: buffers.memory, execArgv: [] });
await once(worker, 'online');
const fd = openSync(out, constants.O_CREAT | constants.O_WRONLY | constants.O_DIRECT);

/** Pieces in use, with the number of their users: the digest and the disk. */
const users = new Map<PieceBuffer, number>();
const bySlot = new Map<number, PieceBuffer>();
let filling: PieceBuffer | undefined;
let filled = 0;
let received = 0;
let digested = 0;
let toWrite: PieceBuffer[] = [];
let toDigest: number[] = [];
let onDone: () => void = () => {};

worker.on('message', (slots: number[]) => {
  digested += slots.length;
  for (const slot of slots) {
    const piece = bySlot.get(slot);
    if (piece) release(piece);
  }
});

const startedMs = performance.now();
const cpuSeconds = cpuClock();
const done = new Promise<void>((resolve) => (onDone = resolve));
const socket = dial();
await done;
fsyncSync(fd);
closeSync(fd);
process.send?.({ seconds: (performance.now() - startedMs) / 1000, cpuSeconds: cpuSeconds() });

function dial(): Socket {
  const options: ConnectionOptions & TcpSocketConnectOpts = {
    ...(tls && peerTlsOptions(tls)),
    port,
    host: '127.0.0.1',
    onread: { buffer: nextRead, callback: onRead },
  };
  return tls ? connect(options) : connectTcp(options);
}

function nextRead(): Uint8Array {
  filling ??= buffers.take();
  return filling.bytes.subarray(filled);
}

function onRead(count: number): boolean {
  filled += count;
  if (filled < PIECE_BYTES || !filling) return true;
  received++;
  keep(filling);
  filling = undefined;
  filled = 0;
  if (!buffers.isBehind) return true;
  buffers.whenRoom(() => socket.resume());
  return false;
}

function keep(piece: PieceBuffer): void {
  const { slot } = piece;
  if (slot === undefined) throw new Error('There was no slot, though the socket waits for one.');
  users.set(piece, 2);
  buffers.count(1);
  bySlot.set(slot, piece);
  if (toDigest.push(slot) === 1) setImmediate(digest);
  if (toWrite.push(piece) === PIECES_A_WRITE || received === pieceCount) write();
}

function digest(): void {
  worker.postMessage(toDigest);
  toDigest = [];
}

function write(): void {
  const pieces = toWrite;
  toWrite = [];
  const bytes = pieces.map((piece) => piece.bytes);
  writev(fd, bytes, (received - pieces.length) * PIECE_BYTES, (error) => {
    if (error) throw error;
    for (const piece of pieces) release(piece);
  });
}

function release(piece: PieceBuffer): void {
  const left = (users.get(piece) ?? 0) - 1;
  users.set(piece, left);
  if (left > 0) return;
  users.delete(piece);
  buffers.giveBack(piece);
  buffers.count(-1);
  if (digested === pieceCount && users.size === 0) onDone();
}
