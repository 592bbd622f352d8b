import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import { untilSeen } from '../../support/until.js';
import { type Peer, Stage } from '../support/processes.js';
import { signUp } from '../support/scenes.js';

/** Plays the life of a shared file with real processes. Each step builds on the earlier ones. */
describe('a shared file and its versions', () => {
  let stage: Stage;
  let alice: Peer;
  let bob: Peer;
  let carol: Peer;
  let mine: string;

  before(async () => {
    stage = await Stage.open();
    const { url } = await stage.startTracker();
    [alice, bob, carol] = [stage.startPeer('alice', url), stage.startPeer('bob', url), stage.startPeer('carol', url)];
    await Promise.all([signUp(alice, 'alice'), signUp(bob, 'bob'), signUp(carol, 'carol')]);
    mine = stage.path('report.csv');
    await writeFile(mine, 'one');
  });
  after(() => stage.close());

  async function downloaded(peer: Peer, name: string, to: string): Promise<string> {
    assert.match(await peer.say(`download_file lab ${name} ${stage.path(to)}`), /^downloading /);
    assert.equal(await peer.say('wait_downloads'), '1 complete, 0 failed');
    await peer.say('clear_downloads');
    return readFile(stage.path(to), 'utf8');
  }

  it('is published by all members of a group that says so', async () => {
    assert.equal(await alice.say('create_group lab'), 'group lab created; you own it');
    for (const [peer, name] of [
      [bob, 'bob'],
      [carol, 'carol'],
    ] as const) {
      await peer.say('join_group lab');
      await alice.say(`accept_request lab ${name}`);
    }
    assert.match(
      await alice.say(`upload_file ${mine} lab`),
      /^shared report\.csv \(3 bytes\) in lab; SHA-1 [0-9a-f]{40}$/,
    );
    assert.equal(await downloaded(bob, 'report.csv', 'bobs.csv'), 'one');
    assert.match(await bob.say('change_group lab --publishers members'), /^error NOT_THE_OWNER/);
    assert.match(await alice.say('change_group lab --publishers members'), /^lab: all members publish versions/);
  });

  it('has a second version after an edit, and none after none', async () => {
    await writeFile(mine, 'two, longer');
    const published = 'published report.csv (11 bytes) in lab as version 2';
    assert.equal(await alice.say(`upload_file ${mine} lab --note "more rows"`), published);
    await bob.warns(/alice published version 2 of report\.csv \(11 bytes\) in lab: more rows/);
    assert.equal(
      await alice.say(`upload_file ${mine} lab`),
      'unchanged: report.csv (11 bytes) in lab is version 2 already',
    );
  });

  it('is not covered by somebody who has not seen the newest version', async () => {
    const theirs = stage.path('theirs', 'report.csv');
    await mkdir(stage.path('theirs'));
    await writeFile(theirs, 'two of carol');
    const conflict = await carol.say(`upload_file ${theirs} lab`);
    assert.match(conflict, /^error VERSION_CONFLICT: alice published version 2 of report\.csv at .* UTC/);
    assert.ok(conflict.endsWith(`Then: upload_file ${theirs} lab --base 2`), conflict);
    assert.equal(
      await carol.say(`upload_file ${theirs} lab --base 2`),
      'published report.csv (12 bytes) in lab as version 3',
    );
    const late = stage.path('late', 'report.csv');
    await mkdir(stage.path('late'));
    await writeFile(late, 'two of alice');
    assert.match(await alice.say(`upload_file ${late} lab`), /^error VERSION_CONFLICT: carol published version 3/);
  });

  it('is downloaded in its newest version, or in another one', async () => {
    assert.equal(await downloaded(bob, 'report.csv', 'newest'), 'two of carol');
    assert.equal(await downloaded(carol, 'report.csv@2', 'second'), 'two, longer');
    const expected = [
      ['version 3', '12 bytes', 'by carol', '2 of 2 members online'],
      ['version 2', '11 bytes', 'by alice', '2 of 2 members online', 'more rows'],
      ['version 1', '3 bytes', 'by alice', '2 of 2 members online'],
    ];
    await untilSeen(
      async () =>
        (await bob.list('log_file lab report.csv')).map((line) =>
          line.split('\t').filter((_cell, index) => index !== 3),
        ),
      (rows) => isDeepStrictEqual(rows, expected), // what was downloaded is announced a moment later
    );
  });

  it('gets the content of an earlier version again', async () => {
    const reverted = 'published report.csv (11 bytes) in lab as version 4, with the content of version 2';
    assert.equal(await bob.say('revert_file lab report.csv@2'), reverted);
    assert.equal(await downloaded(carol, 'report.csv', 'fourth'), 'two, longer');
    assert.match(await bob.say('revert_file lab report.csv@9'), /^error VERSION_NOT_FOUND/);
  });

  it('is removed by its author for all', async () => {
    assert.match(await bob.say('remove_file lab report.csv'), /^error NOT_THE_AUTHOR/);
    assert.equal(await alice.say('remove_file lab report.csv'), 'removed report.csv from lab');
    await carol.warns(/report\.csv was removed from lab by alice/);
    assert.deepEqual(
      await carol.list('list_files lab').then((lines) => lines.filter((line) => /report/.test(line))),
      [],
    );
    assert.match(
      await bob.say(`download_file lab report.csv ${stage.path('gone')}`),
      /^error FILE_(NOT_FOUND|REMOVED)/,
    );
  });
});
