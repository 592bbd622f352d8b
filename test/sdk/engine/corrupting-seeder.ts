import { once } from 'node:events';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import { peerTlsOptions } from '../../../sdk/engine/peers/peer-tls.js';
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

/** What a liar sends for a block that it was asked for; undefined for nothing at all. */
export type Lie = (block: BlockRef) => Buffer | undefined;

const zeros: Lie = ({ length }) => Buffer.alloc(length);

/** A peer that says it has everything, and lies: it sends zeros for every piece, if it knows no better. */
export class CorruptingSeeder {
  readonly source: Source;
  readonly #server: Server;

  private constructor(source: Source, server: Server) {
    this.source = source;
    this.#server = server;
  }

  static async start(manifest: Manifest, identity?: TlsIdentity, lie = zeros): Promise<CorruptingSeeder> {
    const own = identity ?? (await createTlsIdentity('liar'));
    const server = createServer({ ...peerTlsOptions(own), requestCert: true }, (socket) =>
      serveLies(socket, manifest, lie),
    );
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no address');
    return new CorruptingSeeder(
      { deviceId: own.id, userId: 'liar', host: '127.0.0.1', port: address.port, complete: true },
      server,
    );
  }

  async close(): Promise<void> {
    this.#server.close();
    await once(this.#server, 'close');
  }
}

function serveLies(socket: TLSSocket, manifest: Manifest, lie: Lie): void {
  const everything = new Bitfield(manifest.pieceCount);
  everything.fill();
  const decoder = new FrameDecoder('requester', {
    frame: (frame) => {
      if (frame.type === 'open') {
        const { channel } = frame;
        socket.write(
          encodeFrame({ type: 'pieceMap', channel, pieceCount: manifest.pieceCount, bits: everything.toBytes() }),
        );
      } else if (frame.type === 'request') {
        sendLies(socket, frame, lie);
      }
    },
    dataStart: () => {},
    data: () => {},
  });
  socket.on('data', (chunk: Buffer) => decoder.push(chunk));
  socket.on('error', () => {});
}

function sendLies(socket: TLSSocket, { channel, piece, offset, length }: BlockRef, lie: Lie): void {
  for (let sent = 0; sent < length; sent += MAX_BLOCK_BYTES) {
    const block = { channel, piece, offset: offset + sent, length: Math.min(MAX_BLOCK_BYTES, length - sent) };
    const content = lie(block);
    if (!content) continue;
    const header = Buffer.alloc(DATA_HEADER_BYTES);
    writeDataHeader(header, block);
    socket.write(Buffer.concat([header, content]));
  }
}
