import { basename } from 'node:path';
import { type Peer, Stage } from '../support/processes.js';
import { randomFile, sha1Of, signUp } from '../support/scenes.js';
import type { Transfer } from './mapping-messages.js';

const SIZE_BYTES = 1 << 20;
const PATIENCE_MS = 30_000;
const LOOK_EVERY_MS = 100;

/**
 * A member outside fetches a file from one behind the router, who is open once the router has mapped the port. There is no other way: the
 * tracker has no relay, and the member outside listens for his own computer alone, so that nobody calls him back.
 */
export async function fetchThroughRouter(outside: string, within: readonly string[]): Promise<Transfer> {
  await using stage = await Stage.open();
  const { url } = await stage.startTracker({ host: outside, args: ['--relay', 'off'] });
  const home = stage.startPeer('home', url, { listen: '[::]:0', within });
  const away = stage.startPeer('away', url, { listen: '127.0.0.1:0' });
  await signUp(home, 'home');
  await signUp(away, 'away');
  const reach = await untilOpen(home);
  const path = stage.path('wanted.bin');
  const sha1 = randomFile(path, SIZE_BYTES);
  await home.say('create_group lab');
  await home.say(`upload_file ${path} lab`);
  await away.say('join_group lab');
  await home.say('accept_request lab away');
  const copy = stage.path('copy.bin');
  await away.say(`download_file lab ${basename(path)} ${copy}`, PATIENCE_MS);
  const outcome = await away.say('wait_downloads', PATIENCE_MS);
  const isWhole = outcome.startsWith('1 complete') && sha1Of(copy) === sha1;
  await home.stop();
  return { reach, isWhole };
}

async function untilOpen(peer: Peer): Promise<string> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const sentence = await peer.say('set_connect direct'); // answers with the sentence of `reach` alone
    if (/directly/.test(sentence) || performance.now() > deadline) return sentence;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}
