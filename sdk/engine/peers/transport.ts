import type { Source } from '../../protocol/index.js';

/** A device, and where it listens. */
export type PeerEndpoint = Pick<Source, 'deviceId' | 'host' | 'port'>;

/** An ordered stream of bytes to a device that has proved its id. */
export interface PeerStream {
  /** Written bytes that the transport has not sent yet. */
  readonly unsentBytes: number;
  /** Writes a small frame; all writes of one turn of the event loop leave together. */
  write(bytes: Uint8Array): void;
  /**
   * Writes a large block in order, without another copy. The transport owns the bytes until `onWritten`. If the stream ends, it may call
   * `onWritten` with an error, or never.
   */
  writeAlone(bytes: Uint8Array, onWritten: (error?: Error | null) => void): void;
  /** Pauses reading until `resume`: data stays at the sender. */
  pause(): void;
  resume(): void;
  /** Ends the stream at once. Nothing more is read, and unsent data may be lost. */
  destroy(): void;
}

/** The dialling end reads into its own memory. Before `dial` returns, the transport calls `nextRead` only. */
export interface DialledReader {
  /** The peer has proved that it is the device that was dialled. */
  onConnected(): void;
  /** The target of the next read. The transport may write there until it asks for another target or has closed the stream. */
  nextRead(): Uint8Array;
  /** `count` bytes were read. Returns whether to continue reading; if not, `resume` does. */
  onRead(count: number): boolean;
  /** The stream ended or could not be opened. This is the last call, and it comes once. The reason is undefined if the peer hung up. */
  onClosed(reason: string | undefined): void;
}

/** The listening end. */
export interface AcceptedReader {
  /** Time without traffic in either direction after which `onIdle` is called. */
  readonly idleTimeoutMs: number;
  onBytes(chunk: Buffer): void;
  onIdle(): void;
  /** The stream ended. This is the last call, and it comes once. The reason is undefined if the peer hung up. */
  onClosed(reason: string | undefined): void;
}

/** A stream that a peer opened. */
export interface AcceptedStream extends PeerStream {
  /** The authenticated id of the remote device. */
  readonly deviceId: string;
  /** Starts reading. */
  start(reader: AcceptedReader): void;
  /** The peer presented a ticket. The transport keeps a limited number of streams without one. */
  admit(): void;
}

export interface TransportListener {
  readonly host: string;
  readonly port: number;
  /** Ends every accepted stream at once, but continues to listen. */
  disconnectAll(): void;
  /** Ends every stream and stops listening. */
  close(): void;
}

/** Carries bytes between devices, and authenticates each device to the other. */
export interface PeerTransport {
  dial(peer: PeerEndpoint, reader: DialledReader): PeerStream;
  /** Rejects with the system's error if the address is not available. */
  listen(host: string, port: number, onPeer: (stream: AcceptedStream) => void): Promise<TransportListener>;
}
