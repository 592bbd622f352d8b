import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import type { ChannelHandler, ConnectionEnd } from '../../../sdk/engine/peers/channel-handler.js';
import { PieceBuffers } from '../../../sdk/engine/storage/disk-workers/piece-buffers.js';
import { PeerListener } from '../../../sdk/engine/transport/peer-listener.js';
import { peerDeviceId, peerTlsOptions } from '../../../sdk/engine/transport/peer-tls.js';
import { TlsTransport } from '../../../sdk/engine/transport/tls-transport.js';
import { createTlsIdentity, type TlsIdentity } from '../../../sdk/identity/index.js';
import { encodeFrame, FrameDecoder, type Manifest, type RequesterFrame } from '../../../sdk/protocol/index.js';
import { dialLink } from '../engine/ways/dial-link.js';
import type { End, Knock, Manner, Met, Seen } from './end.js';

const HOST = '127.0.0.1';
const GROUP = 'lab';
const MANIFEST: Manifest = {
  id: 'ab'.repeat(32),
  algorithm: 'sha1',
  sizeBytes: 1,
  pieceBytes: 524_288,
  pieceCount: 1,
  fileDigest: Buffer.alloc(20),
  pieceDigests: Buffer.alloc(20),
};

const MANNERS: Record<Manner, ConnectionOptions> = {
  'by the rules': {},
  'no certificate': { key: undefined, cert: undefined },
  'another protocol': { ALPNProtocols: ['h2'] },
  'no protocol': { ALPNProtocols: undefined },
  'TLS 1.2': { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2', ciphers: undefined },
};

/** The SDK's own server, link and TLS options, in this process. */
export class OwnEnd implements End {
  readonly deviceId: string;
  readonly port: number;
  readonly library = 'boringssl' in process.versions ? 'BoringSSL' : 'OpenSSL';
  readonly #identity: TlsIdentity;
  readonly #server: PeerListener;
  readonly #doorbook: Doorbook;

  private constructor(identity: TlsIdentity, server: PeerListener, port: number, doorbook: Doorbook) {
    this.deviceId = identity.id;
    this.port = port;
    this.#identity = identity;
    this.#server = server;
    this.#doorbook = doorbook;
  }

  static async open(): Promise<OwnEnd> {
    const identity = await createTlsIdentity('end');
    const doorbook = new Doorbook();
    const server = new PeerListener(identity, (socket, deviceId) => doorbook.receive(socket, deviceId));
    const { port } = await server.listen(HOST, 0);
    return new OwnEnd(identity, server, port, doorbook);
  }

  dial(port: number, deviceId: string, ticket: string): Promise<string> {
    return new Promise((resolve) => {
      const source = { deviceId, userId: 'end', host: HOST, port, complete: true };
      const link = dialLink(source, new TlsTransport(this.#identity), new PieceBuffers(1), ticket);
      link.open(handler((end) => resolve(inWords(end))));
    });
  }

  async knock(port: number, manner: Manner, ticket: string): Promise<Knock> {
    const socket = connect({ ...peerTlsOptions(this.#identity), ...MANNERS[manner], host: HOST, port });
    const closed = new Promise<void>((resolve) => {
      socket.once('close', () => resolve());
    });
    let seen: Seen | undefined;
    let bytes = 0;
    socket.on('error', () => {}); // it is refused: how, is the other end's affair
    socket.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      socket.destroy();
    });
    socket.once('secureConnect', () => {
      seen = look(socket);
      socket.write(encodeFrame({ type: 'ticket', ticket }));
      socket.write(encodeFrame({ type: 'open', channel: 1, manifestId: MANIFEST.id, groupId: GROUP }));
    });
    await closed;
    return { ...(seen && { seen }), bytes };
  }

  met(ticket: string): Promise<Met[]> {
    return this.#doorbook.until(ticket);
  }

  close(): Promise<void> {
    this.#server.close();
    return Promise.resolve();
  }
}

/** Answers those whom the server hands on, and remembers them. */
class Doorbook {
  #met: Met[] = [];
  #wake = () => {};

  receive(socket: TLSSocket, deviceId: string): void {
    const seen = { ...look(socket), deviceId };
    let bytes = 0;
    let ticket = '';
    const frame = (one: RequesterFrame) => {
      if (one.type === 'ticket') ticket = one.ticket;
      if (one.type !== 'open') return;
      socket.write(encodeFrame({ type: 'refused', channel: one.channel, code: 'FILE_NOT_FOUND' }));
    };
    const decoder = new FrameDecoder('requester', { frame, dataStart: () => {}, data: () => {} });
    socket.on('error', () => {});
    socket.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      decoder.push(chunk);
    });
    socket.once('close', () => {
      this.#met.push({ seen, bytes, ticket });
      this.#wake();
    });
  }

  async until(ticket: string): Promise<Met[]> {
    while (!this.#met.some((one) => one.ticket === ticket)) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.#met.splice(0);
  }
}

function look(socket: TLSSocket): Seen {
  return {
    deviceId: peerDeviceId(socket) ?? '',
    protocol: socket.getProtocol() ?? '',
    cipher: socket.getCipher().name,
    alpn: socket.alpnProtocol || '',
  };
}

function handler(onClosed: (end: ConnectionEnd) => void): ChannelHandler {
  const nothing = () => {};
  return {
    groupId: GROUP,
    manifest: MANIFEST,
    onPieceMap: nothing,
    onHave: nothing,
    onAnswer: nothing,
    onBytes: nothing,
    onPiece: nothing,
    onClosed,
  };
}

function inWords(end: ConnectionEnd): string {
  switch (end.kind) {
    case 'refused':
      return end.code;
    case 'turnedAway':
      return 'turned away';
    case 'lost':
      return end.message;
  }
}
