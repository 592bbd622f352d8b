import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { request } from 'node:https';
import type { TlsIdentity } from '../../sdk/identity/index.js';
import { createManifest, type DeviceProof, encodeManifest } from '../../sdk/protocol/index.js';
import { RawClient } from './raw-client.js';
import { TrackerBench } from './support.js';

export interface HttpAnswer {
  readonly status: number;
  readonly text: string;
}

/** A tracker and the raw clients that talk to it. */
export class RawBench extends TrackerBench {
  readonly #clients: RawClient[] = [];

  /** A client that has said hello. */
  async guest(identity?: TlsIdentity): Promise<RawClient> {
    const client = await this.stranger(identity);
    await client.hello();
    return client;
  }

  /** A client that has said nothing yet. */
  async stranger(identity?: TlsIdentity): Promise<RawClient> {
    const client = await RawClient.open(this.tracker.url, identity);
    this.#clients.push(client);
    return client;
  }

  /** A client with a new account of this name, whose password is `pw`, signed in. */
  async member(name: string, endpoint?: DeviceProof['endpoint'], accepts?: readonly string[]): Promise<RawClient> {
    return (await this.stranger()).signUp(name, endpoint, accepts);
  }

  /** Another device of a user, signed in. */
  async secondDevice(userId: string, identity?: TlsIdentity): Promise<RawClient> {
    const client = await this.guest(identity);
    await client.logIn(userId);
    return client;
  }

  /** Makes a group `lab` of these: the first owns it. */
  async group(owner: RawClient, ...members: RawClient[]): Promise<void> {
    await owner.call('createGroup', { groupId: 'lab' });
    for (const member of members) {
      await member.call('joinGroup', { groupId: 'lab' });
      await owner.call('acceptRequest', { groupId: 'lab', userId: member.userId });
    }
  }

  /** Shares some new file in `lab`; its manifest's id. */
  async share(by: RawClient, fileName: string): Promise<string> {
    const digest = randomBytes(20);
    const manifest = createManifest({ algorithm: 'sha1', sizeBytes: 8, fileDigest: digest, pieceDigests: digest });
    const headers = { authorization: `Bearer ${by.token}` };
    const { status } = await this.http('PUT', `/manifests/${manifest.id}`, headers, encodeManifest(manifest));
    assert.equal(status, 204);
    await by.call('shareFile', { groupId: 'lab', fileName, manifestId: manifest.id });
    return manifest.id;
  }

  /** Asks over plain HTTPS. */
  http(method: string, path: string, headers: Record<string, string> = {}, body?: Uint8Array): Promise<HttpAnswer> {
    const { host, port } = this.tracker;
    const options = { host, port, method, path, headers, rejectUnauthorized: false, agent: false } as const;
    return new Promise((resolve, reject) => {
      const call = request(options, (response) => {
        let text = '';
        response.setEncoding('latin1').on('data', (chunk: string) => {
          text += chunk;
        });
        response.once('end', () => resolve({ status: response.statusCode ?? 0, text }));
      });
      call.once('error', reject);
      call.end(body);
    });
  }

  /** What the tracker counts under this name now. */
  async figure(name: string): Promise<number> {
    const { text } = await this.http('GET', '/metrics');
    return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1]);
  }

  override async close(): Promise<void> {
    for (const client of this.#clients) client.close();
    await super.close();
  }
}
