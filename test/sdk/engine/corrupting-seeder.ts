import { TlsTransport } from '../../../sdk/engine/transport/tls-transport.js';
import type { AcceptedStream, PeerTransport, TransportListener } from '../../../sdk/engine/transport/transport.js';
import { createTlsIdentity, type TlsIdentity } from '../../../sdk/identity/index.js';
import {
  type BlockRef,
  DATA_HEADER_BYTES,
  encodeFrame,
  FrameDecoder,
  MAX_BLOCK_BYTES,
  type Manifest,
  type Source,
  writeDataHeader,
} from '../../../sdk/protocol/index.js';
import { Bitfield } from '../../../sdk/transfer/index.js';

/** What a liar sends for a requested block; undefined for nothing. */
export type Lie = (block: BlockRef) => Buffer | undefined;

const zeros: Lie = ({ length }) => Buffer.alloc(length);

export interface LiarOptions {
  readonly identity?: TlsIdentity;
  readonly lie?: Lie;
  /** Its transport. Default: TLS. */
  readonly transportOf?: (identity: TlsIdentity) => PeerTransport;
}

/** A peer that announces all pieces and sends wrong data: zeros, unless it has another lie. */
export class CorruptingSeeder {
  readonly source: Source;
  readonly #listener: TransportListener;

  private constructor(source: Source, listener: TransportListener) {
    this.source = source;
    this.#listener = listener;
  }

  static async start(manifest: Manifest, options: LiarOptions = {}): Promise<CorruptingSeeder> {
    const { lie = zeros, transportOf = (one: TlsIdentity) => new TlsTransport(one) } = options;
    const identity = options.identity ?? (await createTlsIdentity('liar'));
    const listener = await transportOf(identity).listen('127.0.0.1', 0, (stream) => serveLies(stream, manifest, lie));
    const { host, port } = listener;
    return new CorruptingSeeder({ deviceId: identity.id, userId: 'liar', host, port, complete: true }, listener);
  }

  close(): Promise<void> {
    this.#listener.close();
    return Promise.resolve();
  }
}

function serveLies(stream: AcceptedStream, manifest: Manifest, lie: Lie): void {
  const everything = new Bitfield(manifest.pieceCount);
  everything.fill();
  const decoder = new FrameDecoder('requester', {
    frame: (frame) => {
      if (frame.type === 'open') {
        const { channel } = frame;
        stream.write(
          encodeFrame({ type: 'pieceMap', channel, pieceCount: manifest.pieceCount, bits: everything.toBytes() }),
        );
      } else if (frame.type === 'request') {
        sendLies(stream, frame, lie);
      }
    },
    dataStart: () => {},
    data: () => {},
  });
  const onBytes = (chunk: Buffer) => decoder.push(chunk);
  stream.start({ idleTimeoutMs: 60_000, onBytes, onIdle: () => {}, onClosed: () => {} });
}

function sendLies(stream: AcceptedStream, { channel, piece, offset, length }: BlockRef, lie: Lie): void {
  for (let sent = 0; sent < length; sent += MAX_BLOCK_BYTES) {
    const block = { channel, piece, offset: offset + sent, length: Math.min(MAX_BLOCK_BYTES, length - sent) };
    const content = lie(block);
    if (!content) continue;
    const header = Buffer.alloc(DATA_HEADER_BYTES);
    writeDataHeader(header, block);
    stream.write(Buffer.concat([header, content]));
  }
}
