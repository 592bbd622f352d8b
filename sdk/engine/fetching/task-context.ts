import type { FileStamp } from '../../disk/index.js';
import type { Source } from '../../protocol/index.js';
import type { HashPool } from '../hashing/hash-pool.js';
import type { EngineEvent } from '../messages.js';
import { type ConnectionEnd, isTicketRefused } from '../peers/channel-handler.js';
import type { DownloadConnection } from '../peers/download-connection.js';
import type { DiskPool } from '../storage/disk-workers/disk-pool.js';
import type { PieceBuffers } from '../storage/disk-workers/piece-buffers.js';
import type { ServedFile, ServedPart } from '../uploads/served-file.js';
import type { Clock } from '../util/clock.js';
import type { Limiter } from './limiter.js';
import { describeEnd, type Peer } from './peer.js';

/** What a download needs from the engine. */
export interface TaskContext {
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly hashes: HashPool;
  readonly checks: DiskPool;
  readonly buffers: PieceBuffers;
  readonly limiter: Limiter;
  /** The connection to a device; a new one if there is none. @param groupId a group of both devices */
  link(source: Source, groupId: string): DownloadConnection;
  /** Starts serving the verified pieces of a partial file. */
  serve(part: ServedPart): Pick<ServedFile, 'isOpen'>;
  unserve(part: ServedPart): void;
  /** Whether a whole file at this path is served. */
  isServed(path: string): boolean;
  /** Another verified piece can be served. */
  pieceCame(part: ServedPart, piece: number): void;
  /** The download is complete: the whole file at `path` is served from now on. */
  becomeFile(part: ServedPart, path: string, stamp: FileStamp): void;
  ticketRefused(groupId: string): void;
  emit(event: EngineEvent): void;
  log(level: 'debug' | 'info' | 'warn', message: string): void;
}

/** What fetching needs from the engine. */
export type FetchContext = Pick<TaskContext, 'clock' | 'random' | 'buffers' | 'link' | 'ticketRefused' | 'log'>;

/** A peer closed a channel: notes and logs the reason, and asks for a new ticket if that is the reason. */
export function channelClosed(
  context: Pick<TaskContext, 'ticketRefused' | 'log'>,
  groupId: string,
  peer: Peer,
  reason: ConnectionEnd,
): void {
  peer.lost(reason);
  if (isTicketRefused(reason)) context.ticketRefused(groupId);
  context.log('debug', `source ${peer.name}: ${describeEnd(reason)}`);
}
