import assert from 'node:assert/strict';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { until, untilSeen } from '../../support/until.js';
import { type Peer, Stage, type Tracker } from '../support/processes.js';
import { randomFile, sha1Of, signUp } from '../support/scenes.js';
import type { Host } from '../swarm/network.js';
import { hasSix, Internet, isSix, type Line } from './internet.js';
import { MEETING_OPTIONS, type Meeting, type MeetingOptions, type Pair } from './meeting.js';

/** The first process of the namespaces: it creates the networks, lets each pair meet, and reports how. */

/** Bytes of a partial file's journal before the first piece is recorded. */
const JOURNAL_HEAD_BYTES = 60;

/** Slow enough that a download of some MiB is seen midway. */
const SHOWN_RATE = '2M';

class Scene {
  readonly #stage: Stage;
  readonly #internet: Internet;
  readonly #tracker: Tracker;
  readonly #options: Omit<MeetingOptions, 'pairs' | 'tools'>;
  #pairs = 0;

  constructor(stage: Stage, internet: Internet, tracker: Tracker, options: Omit<MeetingOptions, 'pairs' | 'tools'>) {
    this.#stage = stage;
    this.#internet = internet;
    this.#tracker = tracker;
    this.#options = options;
  }

  async meet(pair: Pair): Promise<Meeting> {
    const number = ++this.#pairs;
    const [owner, member] = await this.#hosts(pair, number);
    const source = await this.#start(owner, pair.source);
    const requester = await this.#start(member, pair.requester);
    const group = `lab${number}`;
    const path = this.#stage.path(`file${number}.bin`);
    const sha1 = randomFile(path, this.#options.sizeMib * 2 ** 20);
    await source.say(`create_group ${group}`);
    await requester.say(`join_group ${group}`);
    assert.match(await source.say(`accept_request ${group} ${member.name}`), /is a member/);
    assert.match(await source.say(`upload_file ${path} ${group}`), /^shared/);
    const folder = await this.#stage.subfolder('inbox', member.name);
    const copy = join(folder, `file${number}.bin`);
    await Promise.all([this.#isKnown(source, pair.source), this.#isKnown(requester, pair.requester)]);
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
    assert.ok(!this.#internet.hasMapping(), 'a router still passes a port on');
    return { ...pair, way, firstPieceSeconds, doneSeconds };
  }

  async #hosts({ requester, source, together, oneCarrier }: Pair, number: number): Promise<[Host, Host]> {
    const internet = this.#internet;
    if (together && source !== 'open' && source !== 'open6') {
      const home = await internet.home(`home${number}`, source);
      return [await home.host(`s${number}`), await home.host(`r${number}`)];
    }
    if (oneCarrier) {
      const carrier = await internet.carrier(`c${number}`);
      const [one, other] = [`s${number}`, `r${number}`] as const;
      const homes = [
        await internet.home(`${one}r`, 'cgnat', carrier),
        await internet.home(`${other}r`, 'cgnat', carrier),
      ] as const;
      return [await homes[0].host(one), await homes[1].host(other)];
    }
    return [await internet.host(`s${number}`, source), await internet.host(`r${number}`, requester)];
  }

  /** A client as it starts without options about addresses. */
  async #start({ name, within }: Host, line: Line): Promise<Peer> {
    const { tracker, tracker6 } = this.#internet;
    const host = isSix(line) ? `[${tracker6}]` : tracker.address;
    const url = `wss://${host}:${this.#tracker.port}#${this.#tracker.fingerprint}`;
    const peer = this.#stage.startPeer(name, url, { listen: '[::]:0', within });
    await signUp(peer, name);
    return peer;
  }

  /** Waits until the tracker has checked the addresses of a client, and has found it open if its router opens ports. */
  async #isKnown(peer: Peer, line: Line): Promise<void> {
    if (!this.#options.areKnown && line !== 'mapping') return;
    await untilSeen(
      async () => {
        const sentence = await peer.say('reach');
        for (let rows = Number.parseInt(sentence, 10); rows > 0; rows--) await peer.line(); // the addresses
        return sentence;
      },
      (sentence) => (line === 'mapping' ? /opened on the router by/.test(sentence) : !/not yet checked/.test(sentence)),
    );
  }
}

/** The parent is gone: the system ends all other processes together with this one. */
const end = () => process.exit(1);
process.once('disconnect', end);
const { pairs, tools, ...options } = MEETING_OPTIONS.parse(JSON.parse(process.argv[2] ?? ''));
{
  await using stage = await Stage.open();
  const internet = await Internet.open(tools);
  const tracker = await stage.startTracker({ host: hasSix() ? '[::]' : '0.0.0.0', within: internet.tracker.within });
  const scene = new Scene(stage, internet, tracker, options);
  for (const pair of pairs) process.send?.(await scene.meet(pair));
}
process.off('disconnect', end);
process.disconnect(); // messages sent before still arrive
