import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { type Peer, Stage } from '../support/processes.js';
import { bunRuntime } from '../support/runtimes.js';
import { randomFile, sha1Of, signUp } from '../support/scenes.js';

const SIZE = 9 * 524_288 + 1;

/** A desktop editor uses BoringSSL; its remote host and the terminal use OpenSSL. Both must interoperate. */
describe('peers with BoringSSL and with OpenSSL', function () {
  this.timeout(120_000);

  let stage: Stage;
  let info: string;
  let openssl: Peer;
  let boringssl: Peer;

  before(async () => {
    stage = await Stage.open();
    info = await stage.trackerInfo(await stage.startTracker());
    openssl = stage.startPeer('openssl', info);
    boringssl = stage.startPeer('boringssl', info, { runtime: bunRuntime() });
    await signUp(openssl, 'openssl');
    await signUp(boringssl, 'boringssl');
    await openssl.say('create_group lab');
    await boringssl.say('join_group lab');
    assert.match(await openssl.say('accept_request lab boringssl'), /is a member/);
  });
  after(() => stage.close());

  it('are what they are said to be', () => {
    const library = (runtime: string) =>
      execFileSync(runtime, ['-p', 'process.versions.boringssl ?? "none"'], { encoding: 'utf8' }).trim();
    assert.equal(library(process.execPath), 'none');
    assert.match(library(bunRuntime()), /^[0-9a-f]{40}$/);
  });

  for (const [server, client] of [
    ['openssl', 'boringssl'],
    ['boringssl', 'openssl'],
  ] as const) {
    it(`serve and fetch: ${server} serves, ${client} dials`, async () => {
      const [serving, dialling] = server === 'openssl' ? [openssl, boringssl] : [boringssl, openssl];
      const name = `from-${server}.bin`;
      const path = stage.path(name);
      const sha1 = randomFile(path, SIZE);
      assert.match(await serving.say(`upload_file ${path} lab`), /^shared/);
      const folder = await stage.subfolder(`${client}-files`);
      await dialling.say(`download_file lab ${name} ${folder}`);
      assert.match(await dialling.say('wait_downloads'), /^1 complete, 0 failed/);
      assert.equal(sha1Of(join(folder, name)), sha1);
    });
  }
});
