import type { Endpoint, Preamble, Source } from '../../protocol/index.js';
import type { TrackerPlace } from '../network-messages.js';
import type { Cancel } from '../util/clock.js';

/** A device, and an IP address at which it listens. */
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

/** The end that asked for the stream reads into its own memory. */
export interface StreamReader {
  /** The target of the next read. The transport may write there until it asks for another target or has closed the stream. */
  nextRead(): Uint8Array;
  /** `count` bytes were read. Returns whether to continue reading; if not, `resume` does. */
  onRead(count: number): boolean;
  /** The stream ended or could not be opened. This is the last call, and it comes once. The reason is undefined if the peer hung up. */
  onClosed(reason: string | undefined): void;
}

/** Like {@link StreamReader}, for a stream that is being opened. Before `dial` returns, the transport calls `nextRead` only. */
export interface DialledReader extends StreamReader {
  /** The peer has proved that it is the device that was dialled. */
  onConnected(): void;
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
  /** Opens a stream to one address. */
  dial(peer: PeerEndpoint, reader: DialledReader): PeerStream;
  /** Rejects with the system's error if the address is not available. */
  listen(host: string, port: number, onPeer: (stream: AcceptedStream) => void): Promise<TransportListener>;
  /** How devices meet that cannot dial one another. Default: they do not. */
  readonly meets?: MeetingTransport;
}

/** A stream that waits for the peer to dial this device. */
export interface AwaitedStream extends PeerStream {
  /** The tracker named the meeting. Before that, a connection with an unknown name is kept for a while. */
  named(meeting: string): void;
}

/** A peer that asked for a connection with this device: the peer is the one that reads. */
export interface ServedPeer {
  /** The device that asked. */
  readonly deviceId: string;
  /** The device has proved its id; the listener gets the stream. This is the last call. */
  onServed(): void;
  /** Nobody answers, or another device. This is the last call. */
  onFailed(reason: string): void;
}

/** A connection that this device opens because a peer asked for it. */
export interface ServedCall extends ServedPeer {
  /** The address of the peer, or of the relay. */
  readonly address: Endpoint;
  readonly preamble: Preamble;
}

/** One of several tries to connect with a peer. One call comes. */
export interface PunchTry {
  /** The connection is open; the handshake follows. */
  onOpen(): void;
  /** `refused`: somebody refused it, perhaps because it came too early. `unable`: this system does not allow it. */
  onFailed(reason: string, kind: 'refused' | 'unable' | 'failed'): void;
}

/** A port of this device that the tracker sees, so that a peer can dial it, through routers, while this device dials the peer from it. */
export interface PunchPort {
  /** Dials a peer. The reader gets its calls once the connection is open; before that, `nextRead` only. */
  dial(peer: PeerEndpoint, reader: DialledReader, attempt: PunchTry): PeerStream;
  /** Dials a peer, and serves it on that connection. Returns a function that gives up before `onServed`. */
  serve(address: Endpoint, peer: ServedPeer, attempt: PunchTry): Cancel;
  /** The tracker need not see the port any more. */
  close(): void;
}

/** Opens streams by meetings. The roles remain: whoever reads pieces authenticates the other end as if it had dialled it. */
export interface MeetingTransport {
  /** Waits for a device to dial this one. Destroying the stream ends the wait. */
  await(deviceId: string, reader: DialledReader): AwaitedStream;
  /** Opens a stream to a device through a relay. */
  relay(place: TrackerPlace, deviceId: string, reader: DialledReader): PeerStream;
  /** Shows a fresh port to the tracker, until that ends. No call comes before this returns. */
  show(place: TrackerPlace, side: Preamble['side'], onLost: (reason: string) => void): PunchPort;
  /** Opens a connection for a device that asked for it. Returns a function that gives up before `onServed`. */
  serve(call: ServedCall): Cancel;
}
