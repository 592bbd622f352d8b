import type { Source } from '../../protocol/index.js';

/** A device, and where it listens. */
export type PeerEndpoint = Pick<Source, 'deviceId' | 'host' | 'port'>;

/** An ordered stream of bytes to a device that has proved its id. */
export interface PeerStream {
  /** Bytes that were written and that the transport still holds. */
  readonly unsentBytes: number;
  /** Writes something small, together with whatever else is written in this turn of the event loop. */
  write(bytes: Uint8Array): void;
  /**
   * Writes something large, behind all that was written, without another copy. The bytes belong to the transport until `onWritten`;
   * a stream that ends may call it with an error, or never.
   */
  writeAlone(bytes: Uint8Array, onWritten: (error?: Error | null) => void): void;
  /** Nothing is read until `resume`: what the peer sends waits at its end. */
  pause(): void;
  resume(): void;
  /** Ends the stream at once. Nothing more is read, and what the transport still holds may be lost. */
  destroy(): void;
}

/** The dialling end: it reads into memory of its own. Before `dial` has returned the transport calls nothing but `nextRead`. */
export interface DialledReader {
  /** The peer has proved to be the device that was dialled. */
  onConnected(): void;
  /** Where the next bytes go. The transport may write there until it asks for another place, or has closed the stream. */
  nextRead(): Uint8Array;
  /** `count` bytes went there. Returns whether to read on; if not, `resume` does. */
  onRead(count: number): boolean;
  /** The stream is over, or there never was one: called once, and last. The reason is undefined when the peer hung up. */
  onClosed(reason: string | undefined): void;
}

/** The listening end. */
export interface AcceptedReader {
  /** Nothing moves in either direction for this long: `onIdle`. */
  readonly idleTimeoutMs: number;
  /** Bytes came. */
  onBytes(chunk: Buffer): void;
  onIdle(): void;
  /** The stream is over: called once, and last. The reason is undefined when the peer hung up. */
  onClosed(reason: string | undefined): void;
}

/** A stream that a peer opened. */
export interface AcceptedStream extends PeerStream {
  /** The device that has proved to be at the other end. */
  readonly deviceId: string;
  /** Begins to read. */
  start(reader: AcceptedReader): void;
  /** The peer has shown a ticket. Of those that have not, the transport keeps a limited number. */
  admit(): void;
}

export interface TransportListener {
  readonly host: string;
  readonly port: number;
  /** Ends every stream that was accepted, at once; goes on listening. */
  disconnectAll(): void;
  /** Ends every stream, and listens no more. */
  close(): void;
}

/** Carries bytes between devices, and proves to each end which device is at the other. */
export interface PeerTransport {
  dial(peer: PeerEndpoint, reader: DialledReader): PeerStream;
  /** Rejects with the system's error when the address cannot be had. */
  listen(host: string, port: number, onPeer: (stream: AcceptedStream) => void): Promise<TransportListener>;
}
