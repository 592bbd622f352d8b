import assert from 'node:assert/strict';
import { join } from 'node:path';
import { invitationLink, readInvitation } from '../../../extension/model/trackers/invitation.js';
import type { Peer, Stage } from '../../e2e/support/processes.js';
import { randomFile, sha1Of, signUp } from '../../e2e/support/scenes.js';
import type { Host } from '../../e2e/swarm/network.js';
import { untilSeen } from '../../support/until.js';
import { type Fetched, FILE, GROUP, MEMBER, type Member, OWNER, type Owner } from './messages.js';

/** The two persons at terminal clients, which start without options about addresses. */

const LOOK_EVERY_MS = 200;
const PATIENCE_MS = 1_800_000;

export function ownerAtTerminal(stage: Stage, { within }: Host, sizeMib: number): Owner {
  let peer: Peer;
  const path = stage.path(FILE);
  return {
    async invite(tracker) {
      const sha1 = randomFile(path, sizeMib * 2 ** 20);
      peer = stage.startPeer(OWNER, tracker, { listen: '[::]:0', within });
      await signUp(peer, OWNER);
      await peer.say(`create_group ${GROUP}`);
      return { link: invitationLink('code-oss', tracker, GROUP), sha1 };
    },
    async letIn() {
      await seen(peer, `list_requests ${GROUP}`, new RegExp(MEMBER));
      assert.match(await peer.say(`accept_request ${GROUP} ${MEMBER}`), /is a member/);
      assert.match(await peer.say(`upload_file ${path} ${GROUP}`), /^shared/);
    },
    async watch() {
      const uploads = await seen(peer, 'show_uploads', new RegExp(FILE));
      return [uploads, await answer(peer, 'reach')];
    },
  };
}

export function memberAtTerminal(stage: Stage, { within }: Host): Member {
  let peer: Peer;
  return {
    async join(link) {
      const tracker = readInvitation(link)?.tracker;
      assert.ok(tracker);
      peer = stage.startPeer(MEMBER, tracker, { listen: '[::]:0', within });
      await signUp(peer, MEMBER);
      await peer.say(`join_group ${GROUP}`);
    },
    async fetch(): Promise<Fetched> {
      await seen(peer, `list_files ${GROUP}`, new RegExp(FILE));
      const folder = await stage.subfolder('inbox');
      const begunMs = performance.now();
      assert.match(await peer.say(`download_file ${GROUP} ${FILE} ${folder}`), /^downloading/);
      const downloads = await seen(peer, 'show_downloads', / over /);
      const read = [downloads, await answer(peer, `show_sources ${GROUP} ${FILE}`), await answer(peer, 'reach')];
      assert.match(await peer.say('wait_downloads', PATIENCE_MS), /^1 complete, 0 failed/);
      const seconds = (performance.now() - begunMs) / 1000;
      read.push(await answer(peer, 'show_downloads'), await answer(peer, `show_sources ${GROUP} ${FILE}`));
      return { sha1: sha1Of(join(folder, FILE)), seconds, source: read[1]?.split('\n').at(-1) ?? '', read };
    },
  };
}

/** Repeats a command that lists something until its answer matches. */
function seen(peer: Peer, command: string, what: RegExp): Promise<string> {
  return untilSeen(
    () => answer(peer, command),
    (text) => what.test(text),
    LOOK_EVERY_MS,
  );
}

/** A command, and its answer: a line, which begins with the number of entries if it has some, and these. */
async function answer(peer: Peer, command: string): Promise<string> {
  const lines = [await peer.say(command)];
  for (let left = Number.parseInt(lines[0] ?? '', 10); left > 0; left--) lines.push(await peer.line());
  return [`> ${command}`, ...lines].join('\n');
}
