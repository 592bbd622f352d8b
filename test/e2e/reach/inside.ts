import assert from 'node:assert/strict';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { until, untilSeen } from '../../support/until.js';
import { type Peer, Stage } from '../support/processes.js';
import { randomFile, sha1Of, signUp } from '../support/scenes.js';
import type { Host } from '../swarm/network.js';
import { Internet } from './internet.js';
import { MEETING_OPTIONS, type Meeting, type MeetingOptions, type Pair } from './meeting.js';

/** The first process of the namespaces: it creates the networks, lets each pair meet, and reports how. */

/** Bytes of a partial file's journal before the first piece is recorded. */
const JOURNAL_HEAD_BYTES = 60;

/** Slow enough that a download of some MiB is seen midway. */
const SHOWN_RATE = '2M';

class Scene {
  readonly #stage: Stage;
  readonly #internet: Internet;
  readonly #tracker: string;
  readonly #options: Omit<MeetingOptions, 'pairs'>;
  #pairs = 0;

  constructor(stage: Stage, internet: Internet, tracker: string, options: Omit<MeetingOptions, 'pairs'>) {
    this.#stage = stage;
    this.#internet = internet;
    this.#tracker = tracker;
    this.#options = options;
  }

  async meet(pair: Pair): Promise<Meeting> {
    const number = ++this.#pairs;
    const [owner, member] = await this.#hosts(pair, number);
    const source = await this.#start(owner);
    const requester = await this.#start(member);
    const group = `lab${number}`;
    const path = this.#stage.path(`file${number}.bin`);
    const sha1 = randomFile(path, this.#options.sizeMib * 2 ** 20);
    await source.say(`create_group ${group}`);
    await requester.say(`join_group ${group}`);
    assert.match(await source.say(`accept_request ${group} ${member.name}`), /is a member/);
    assert.match(await source.say(`upload_file ${path} ${group}`), /^shared/);
    const folder = await this.#stage.subfolder('inbox', member.name);
    const copy = join(folder, `file${number}.bin`);
    if (this.#options.areKnown) await Promise.all([isChecked(source), isChecked(requester)]);
    assert.match(await requester.say(`set_limit download ${SHOWN_RATE}`), /download/); // its way can be seen then
    const startedMs = performance.now();
    const said = await requester.say(`download_file ${group} file${number}.bin ${folder}`);
    assert.match(said, /^downloading/);
    const journal = `${copy}.part.journal`;
    await until(() => existsSync(copy) || (existsSync(journal) && statSync(journal).size > JOURNAL_HEAD_BYTES));
    const firstPieceSeconds = (performance.now() - startedMs) / 1000;
    const way = await untilSeen(
      async () => / over ([a-z, ]+)/.exec((await requester.list('show_downloads')).join('\n'))?.[1] ?? '',
      (ways) => ways !== '',
    );
    await requester.say('set_limit download 0');
    assert.match(await requester.say('wait_downloads'), /^1 complete, 0 failed/);
    const doneSeconds = (performance.now() - startedMs) / 1000;
    assert.equal(sha1Of(copy), sha1, 'the file is wrong');
    await Promise.all([source.stop(), requester.stop()]);
    return { ...pair, way, firstPieceSeconds, doneSeconds };
  }

  async #hosts({ requester, source, together }: Pair, number: number): Promise<[Host, Host]> {
    if (together && source !== 'open') {
      const home = await this.#internet.home(`home${number}`, source);
      return [await home.host(`s${number}`), await home.host(`r${number}`)];
    }
    return [await this.#internet.host(`s${number}`, source), await this.#internet.host(`r${number}`, requester)];
  }

  /** A client as it starts without options about addresses. */
  async #start({ name, within }: Host): Promise<Peer> {
    const peer = this.#stage.startPeer(name, this.#tracker, { listen: '[::]:0', within });
    await signUp(peer, name);
    return peer;
  }
}

/** Waits until the tracker has checked the addresses of a client. */
async function isChecked(peer: Peer): Promise<void> {
  await untilSeen(
    async () => {
      const sentence = await peer.say('reach');
      for (let rows = Number.parseInt(sentence, 10); rows > 0; rows--) await peer.line(); // the addresses
      return sentence;
    },
    (sentence) => !/not yet checked/.test(sentence),
  );
}

/** The parent is gone: the system ends all other processes together with this one. */
const end = () => process.exit(1);
process.once('disconnect', end);
const { pairs, ...options } = MEETING_OPTIONS.parse(JSON.parse(process.argv[2] ?? ''));
{
  await using stage = await Stage.open();
  const internet = await Internet.open();
  const tracker = await stage.startTracker({ host: internet.tracker.address, within: internet.tracker.within });
  const scene = new Scene(stage, internet, tracker.url, options);
  for (const pair of pairs) process.send?.(await scene.meet(pair));
}
process.off('disconnect', end);
process.disconnect(); // messages sent before still arrive
