import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { hashFile } from '@shoal/sdk';
import { TlsTransport } from '../../../sdk/engine/transport/tls-transport.js';
import type { Frame, Manifest, Source } from '../../../sdk/protocol/index.js';
import { CorruptingSeeder } from '../../sdk/engine/corrupting-seeder.js';
import { RawRequester } from '../../sdk/engine/raw-requester.js';
import { TicketIssuer } from '../../sdk/engine/support.js';
import { Device } from '../../tracker/device.js';
import { type Peer, Stage, type Tracker } from '../support/processes.js';
import { bunRuntime } from '../support/runtimes.js';
import { randomFile, sha1Of, signUp } from '../support/scenes.js';

for (const [tls, runtime] of [
  ['OpenSSL', process.execPath],
  ['BoringSSL', bunRuntime()],
] as const)
  describe(`those who mean no good, against real processes with ${tls}`, function () {
    this.timeout(120_000);

    let stage: Stage;
    let tracker: Tracker;
    let owner: Peer;
    let manifest: Manifest;
    let sha1: string;
    let source: Source;

    before(async () => {
      stage = await Stage.open();
      tracker = await stage.startTracker();
      owner = stage.startPeer('owner', await stage.trackerInfo(tracker), { runtime });
      await signUp(owner, 'owner');
      await owner.say('create_group lab');
      const file = stage.path('secret.bin');
      sha1 = randomFile(file, 40 * 524_288);
      manifest = await hashFile(file);
      assert.match(await owner.say(`upload_file ${file} lab`), /^shared/);
    });
    after(() => stage.close());

    async function member(name: string): Promise<Device> {
      const device = await Device.create(tracker.url);
      await device.signUp(name);
      await device.call('joinGroup', { groupId: 'lab' });
      assert.match(await owner.say(`accept_request lab ${name}`), /is a member/);
      const { sources } = await device.call('findSources', { groupId: 'lab', fileName: 'secret.bin' });
      source = sources.find((one) => one.userId === 'owner') ?? source;
      return device;
    }

    /** Presents a ticket, if there is one, and requests everything from the owner. Returns the requester with the answers. */
    async function ask(device: Device, ticket?: string): Promise<RawRequester> {
      const frames: Frame[] = [
        { type: 'open', channel: 1, manifestId: manifest.id, groupId: 'lab' },
        { type: 'request', channel: 1, piece: 0, offset: 0, length: 131_072 },
        { type: 'ping', nonce: 1 },
      ];
      const requester = await RawRequester.connect(source, new TlsTransport(device.identity));
      requester.send(...(ticket === undefined ? [] : [{ type: 'ticket' as const, ticket }]), ...frames);
      return requester;
    }

    async function getsNothing(device: Device, ticket?: string): Promise<void> {
      const requester = await ask(device, ticket);
      await requester.hungUp();
      assert.equal(requester.receivedBytes, 0);
    }

    it('get not one byte: a stranger, a member of another group, a removed member, forged and expired tickets', async () => {
      const mallory = await member('mallory');
      const { ticket } = await mallory.call('ticket', { groupId: 'lab' });
      const served = await ask(mallory, ticket);
      await served.hears();

      const stranger = await Device.create(tracker.url);
      await stranger.signUp('stranger');
      await assert.rejects(
        stranger.call('ticket', { groupId: 'lab' }),
        (error) => error instanceof Error && 'code' in error && error.code === 'NOT_A_MEMBER',
      );
      await getsNothing(stranger);
      await getsNothing(stranger, ticket); // a ticket of another device

      await stranger.call('createGroup', { groupId: 'other' });
      const other = await stranger.call('ticket', { groupId: 'other' });
      await getsNothing(stranger, other.ticket);

      const seconds = Math.floor(Date.now() / 1000);
      const forged = { grp: 'lab', sub: 'stranger', epo: Date.now() * 1000 };
      await getsNothing(stranger, await new TicketIssuer().sign(stranger.identity.id, forged));
      await getsNothing(
        stranger,
        await new TicketIssuer().sign(stranger.identity.id, { ...forged, iat: seconds - 900, exp: seconds - 600 }),
      );

      assert.match(await owner.say('remove_member lab mallory'), /removed/);
      await served.hungUp();
      await getsNothing(mallory, ticket);
      for (const device of [mallory, stranger]) device.close();
    });

    it('are banned when they send wrong pieces, and the file is right', async () => {
      const liar = await member('liar');
      const corrupting = await CorruptingSeeder.start(manifest, { identity: liar.identity });
      const lying = await Device.create(tracker.url, corrupting.source.port, liar.identity);
      const device = await lying.connect();
      await lying.call('login', { userId: 'liar', password: 'pw', device });
      await lying.call('announce', { items: [{ groupId: 'lab', manifestId: manifest.id, complete: true }] });

      const honest = stage.startPeer('honest', await stage.trackerInfo(tracker), {
        runtime,
        args: ['--log-level', 'debug'],
      });
      await signUp(honest, 'honest');
      await honest.say('join_group lab');
      await owner.say('accept_request lab honest');
      const folder = await stage.subfolder('honest-files');
      process.kill(owner.pid ?? 0, 'SIGSTOP'); // so that the liar is asked before the download completes
      await honest.say(`download_file lab secret.bin ${folder}`);
      await honest.warns(/liar .* sent a wrong piece .*banned for this file/);
      process.kill(owner.pid ?? 0, 'SIGCONT');
      assert.match(await honest.say('wait_downloads'), /^1 complete, 0 failed/);
      assert.equal(sha1Of(join(folder, 'secret.bin')), sha1);
      assert.equal(readFileSync(join(folder, 'secret.bin')).length, manifest.sizeBytes);
      assert.match(honest.stderr, /pieces by source: .*liar 0/);
      liar.close();
      lying.close();
      await corrupting.close();
    });
  });
