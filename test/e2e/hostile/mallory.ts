import { once } from 'node:events';
import { connect, type Server, type Socket } from 'node:net';
import { createServer } from 'node:tls';
import { createTlsIdentity, peerTlsOptions } from '../../../sdk/identity/index.js';
import {
  createManifest,
  type DeviceProof,
  encodeManifest,
  encodePreamble,
  type MeetingWay,
  type Preamble,
  parseTrackerUrl,
  type TrackerResult,
} from '../../../sdk/protocol/index.js';
import { RawClient } from '../../tracker/raw-client.js';

const ACCEPTS = ['reach', 'meet', 'meetGo'];
const LAB = { groupId: 'lab' };
export const BAIT = 'bait.bin';

type Announced = { readonly endpoint: DeviceProof['endpoint']; readonly addresses: DeviceProof['addresses'] };

/** A member who misuses a tracker with any number of devices, and says what no client would. */
export class Mallory {
  readonly #url: string;
  readonly #host: string;
  readonly #devices: RawClient[] = [];
  readonly #sockets: Socket[] = [];
  #server: Server | undefined;

  /** @param host the address at which Mallory is */
  constructor(url: string, host: string) {
    this.#url = url;
    this.#host = host;
  }

  /** Signs in a device that can be dialled, so that it may ask to be called back. It hangs up whenever somebody comes. */
  async openDevice(): Promise<{ client: RawClient; port: number }> {
    const identity = await createTlsIdentity('mallory');
    const server = createServer({ ...peerTlsOptions(identity), requestCert: true }, (socket) => socket.destroy());
    server.on('tlsClientError', (_error, socket) => socket.destroy());
    this.#server = server.listen(0, this.#host);
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const client = await RawClient.open(this.#url, identity);
    this.#devices.push(client);
    await client.signUp('mallory', { port }, ACCEPTS, []);
    return { client, port };
  }

  /** Signs in another device. */
  async device({ endpoint, addresses }: Announced): Promise<RawClient> {
    const client = await RawClient.open(this.#url);
    this.#devices.push(client);
    await client.hello(ACCEPTS);
    await client.logIn('mallory', endpoint, addresses);
    return client;
  }

  /** Says on a device that it has the bait. */
  async offer(client: RawClient): Promise<string> {
    const digest = Buffer.alloc(20, 7);
    const made = createManifest({ algorithm: 'sha1', sizeBytes: 8, fileDigest: digest, pieceDigests: digest });
    const manifest = Buffer.from(encodeManifest(made)).toString('base64url');
    await client.call('shareFiles', { ...LAB, files: [{ fileName: BAIT, manifestId: made.id, manifest }] });
    return made.id;
  }

  meet(client: RawClient, deviceId: string, by: MeetingWay): Promise<TrackerResult<'meet'>> {
    return client.call('meet', { ...LAB, deviceId, by });
  }

  /** Connects to the tracker with a preamble. @param from the own address, of several */
  async dial(kind: Preamble['kind'], token: string, side: Preamble['side'], from = this.#host): Promise<Socket> {
    const { host, port } = parseTrackerUrl(this.#url);
    const socket = connect({ host, port, localAddress: from });
    socket.on('error', () => {}); // 'close' follows
    this.#sockets.push(socket);
    await once(socket, 'connect');
    socket.write(encodePreamble({ kind, token, side }));
    return socket;
  }

  close(): void {
    for (const device of this.#devices) device.close();
    for (const socket of this.#sockets) socket.destroy();
    this.#server?.close();
  }
}

/** The bytes that a connection gives until it closes. */
export async function untilClosed(socket: Socket): Promise<number> {
  let bytes = 0;
  socket.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
  });
  if (!socket.destroyed) await once(socket, 'close');
  return bytes;
}
