import { createHash } from 'node:crypto';
import { OutstandingRequests } from '../../sdk/engine/peers/outstanding-requests.js';
import { PieceReceiver } from '../../sdk/engine/peers/piece-receiver.js';
import { type PieceBuffer, PieceBuffers } from '../../sdk/engine/storage/disk-workers/piece-buffers.js';
import { FrameError, isPiece, type Manifest, pieceLength } from '../../sdk/protocol/index.js';
import { Bitfield, DownloadPlan } from '../../sdk/transfer/index.js';
import { seeded } from '../support/seeded.js';
import { EventQueue } from './event-queue.js';
import { BEHAVIOURS, HostileSource } from './hostile-source.js';
import { CHANNEL } from './modelled-connection.js';

/** Unshared buffers, since there is only this thread. */
const BUFFERS = new PieceBuffers(0);
const TICK_MS = 250;
const RETRY_MS = 1000;
const LONGEST_CHECK_MS = 300;
/** Limit of simulated time: no run that makes progress takes longer. */
const HOUR_MS = 3_600_000;

export interface HostileResult {
  readonly isComplete: boolean;
  /** Accepted pieces that differ from the file's. */
  readonly wrongPieces: number;
  readonly banned: number;
  /** Banned honest sources: there must be none. */
  readonly honestBanned: number;
  readonly tookMs: number;
}

/** One connection like the engine's, with real data and digests. */
interface Link {
  readonly source: HostileSource;
  readonly number: number;
  pending: OutstandingRequests;
  receiver: PieceReceiver | undefined;
}

/** Runs one download of a small file from one honest source and some hostile ones, drawn from a seed. */
export function runHostile(seed: number): HostileResult {
  const random = seeded(seed);
  const queue = new EventQueue();
  const manifest = tinyManifest(random);
  const { pieceCount, pieceBytes } = manifest;
  const verified = new Bitfield(pieceCount);
  const plan = new DownloadPlan({ pieceCount, pieceBytes, verified, random });
  const got = Buffer.alloc(manifest.file.length);
  const links: Link[] = Array.from({ length: 2 + Math.floor(random() * 5) }, (_, number) => {
    const behaviour = number === 0 ? 'honest' : (BEHAVIOURS[Math.floor(random() * BEHAVIOURS.length)] ?? 'lies');
    const source = new HostileSource({ behaviour, file: manifest.file, pieceBytes, queue, random });
    return { source, number, pending: new OutstandingRequests(), receiver: undefined };
  });

  const assign = (): void => {
    for (const { source, piece } of plan.assign(queue.nowMs)) {
      const link = links[source];
      link?.pending.add(CHANNEL, piece);
      link?.source.request(piece);
    }
  };
  const cancelAll = (cancels: readonly { source: number; piece: number }[]): void => {
    for (const { source, piece } of cancels) {
      const link = links[source];
      if (!link?.receiver?.drop(CHANNEL, piece)) link?.pending.cancel(CHANNEL, piece);
      link?.source.cancel(piece);
    }
  };
  const letGo = (link: Link): void => {
    link.receiver?.drop(CHANNEL);
    link.receiver = undefined;
  };
  const lose = (link: Link): void => {
    letGo(link);
    link.source.close();
    if (plan.sourceState(link.number)?.name !== 'banned') plan.sourceLost(link.number, queue.nowMs);
    assign();
    queue.in(RETRY_MS, () => connect(link));
  };
  const judge = (link: Link, piece: number): void => {
    const at = piece * pieceBytes;
    if (isPiece(manifest, piece, got.subarray(at, at + pieceLength(manifest, piece)))) {
      cancelAll(plan.pieceVerified(link.number, piece, queue.nowMs));
    } else {
      cancelAll(plan.pieceCorrupt(link.number, piece, queue.nowMs));
      letGo(link);
      link.source.close();
    }
    assign();
  };
  /** Like the engine: a received piece is written, and verified from there some time later. */
  const onPiece = (link: Link, piece: number, buffer: PieceBuffer): void => {
    if (plan.pieceArrived(link.number, piece, queue.nowMs)) {
      buffer.bytes.copy(got, piece * pieceBytes, 0, pieceLength(manifest, piece));
      queue.in(random() * LONGEST_CHECK_MS, () => judge(link, piece));
    }
    BUFFERS.giveBack(buffer);
    assign();
  };
  const connect = (link: Link): void => {
    if (plan.isComplete || !plan.addSource(link.number, queue.nowMs)) return;
    link.pending = new OutstandingRequests();
    const { pending } = link;
    link.receiver = new PieceReceiver(
      (channel, piece) =>
        pending.answerBegins(channel, piece)
          ? {
              manifest,
              onAnswer: () => cancelAll(plan.begun(link.number, piece, queue.nowMs)),
              onBytes: (count) => plan.received(link.number, count, queue.nowMs),
              onPiece: (whole, buffer) => onPiece(link, whole, buffer),
            }
          : undefined,
      BUFFERS,
    );
    const { receiver } = link;
    link.source.open({
      onBlock: (piece, offset, bytes) => {
        if (link.receiver !== receiver) return;
        try {
          receiver.blockBegins(CHANNEL, piece, offset, bytes.length);
          receiver.data(bytes, 0, bytes.length);
        } catch (error) {
          if (!(error instanceof FrameError)) throw error;
          lose(link);
        }
      },
      onHangUp: () => lose(link),
    });
    plan.sourceReady(link.number, new Bitfield(pieceCount).fill(), queue.nowMs);
    assign();
  };
  const tick = (): void => {
    cancelAll(plan.expire(queue.nowMs));
    assign();
    queue.in(TICK_MS, tick);
  };

  for (const link of links) queue.in(random() * 1000, () => connect(link));
  tick();
  while (!plan.isComplete && queue.step(HOUR_MS));
  const banned = links.filter(({ number }) => plan.sourceState(number)?.name === 'banned');
  const wrong = [...plan.verified].filter((piece) => {
    const at = piece * pieceBytes;
    return !got.subarray(at, at + pieceBytes).equals(manifest.file.subarray(at, at + pieceBytes));
  });
  return {
    isComplete: plan.isComplete,
    wrongPieces: wrong.length,
    banned: banned.length,
    honestBanned: banned.filter(({ source }) => source.behaviour === 'honest').length,
    tookMs: queue.nowMs,
  };
}

/** The manifest of a file of some pieces of 64 bytes. Apart from their size it is like any manifest of the engine. */
function tinyManifest(random: () => number): Manifest & { readonly file: Buffer } {
  const pieceBytes = 64;
  const sizeBytes = 1 + Math.floor(random() * 24 * pieceBytes);
  const file = Buffer.from(Array.from({ length: sizeBytes }, () => Math.floor(random() * 256)));
  const pieceCount = Math.ceil(sizeBytes / pieceBytes);
  const digest = (bytes: Buffer) => createHash('sha1').update(bytes).digest();
  const digests = Array.from({ length: pieceCount }, (_, piece) =>
    digest(file.subarray(piece * pieceBytes, (piece + 1) * pieceBytes)),
  );
  const fileDigest = digest(file);
  const pieceDigests = Buffer.concat(digests);
  return { id: '', algorithm: 'sha1', sizeBytes, pieceBytes, pieceCount, fileDigest, pieceDigests, file };
}
