import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PIECE_BYTES } from '../../../sdk/protocol/index.js';
import { until, untilSeen } from '../../support/until.js';
import { journalledPieces } from '../support/journal.js';
import { type Peer, Stage, type Tracker } from '../support/processes.js';
import { randomFile, sha1Of, signUp } from '../support/scenes.js';
import { Internet, type Line } from './internet.js';
import { Movable } from './movable.js';
import { MOVING_OPTIONS, type Move, type Moved } from './moving.js';

/** The first process of the namespaces: it lets pairs exchange a file, moves them, and reports how they went on. */

const PIECES = 64;
/** Slow enough that a download is midway when something happens. */
const RATE = { text: '4M', bytesPerSecond: 4 * 2 ** 20 };
/** Pieces that may be under way when something happens: those of half a second are asked for. */
const UNDER_WAY = 5;

/** A member of a pair, and the computer it is at. */
interface Member {
  readonly at: Movable;
  readonly peer: Peer;
}

interface Course {
  readonly requester: Line;
  readonly source: Line;
  readonly who: 'requester' | 'source';
  /** Before the client starts there. */
  readonly prepare?: (at: Movable) => Promise<void>;
  /** Settles when the network is there again; with an address that the computer has now, if it is another one. */
  readonly happen: (member: Member) => Promise<string | undefined>;
}

const OPEN = { requester: 'open', source: 'open' } as const;
const down = (ms: number) => async (member: Member) => {
  await member.at.setDown();
  await sleep(ms); // for so long it is away
  await member.at.setUp();
  return undefined;
};
const lineDown = (ms: number) => async (member: Member) => {
  await member.at.setLineDown();
  await sleep(ms); // for so long it is away
  await member.at.setLineUp();
  return undefined;
};
const asleep = (ms: number) => async (member: Member) => {
  process.kill(member.peer.pid ?? 0, 'SIGSTOP');
  await sleep(ms); // for so long it sleeps
  process.kill(member.peer.pid ?? 0, 'SIGCONT');
  return undefined;
};
const otherAddress = (member: Member) => member.at.getOtherAddress();
const secondNetwork = (member: Member) => member.at.getSecondNetwork();
const reboot = {
  prepare: (at: Movable) => at.makeRouterStrict(),
  happen: async (member: Member) => {
    await member.at.rebootRouter();
    return undefined;
  },
};

const COURSES: Readonly<Record<Exclude<Move, 'tracker'>, Course>> = {
  'requester-address': { ...OPEN, who: 'requester', happen: otherAddress },
  'source-address': { ...OPEN, who: 'source', happen: otherAddress },
  'requester-router': { requester: 'preserving', source: 'open', who: 'requester', ...reboot },
  'source-router': { requester: 'open', source: 'preserving', who: 'source', ...reboot },
  'both-routers': { requester: 'preserving', source: 'preserving', who: 'source', ...reboot },
  'requester-down': { ...OPEN, who: 'requester', happen: down(20_000) },
  'source-down': { ...OPEN, who: 'source', happen: down(20_000) },
  'requester-line': { requester: 'preserving', source: 'open', who: 'requester', happen: lineDown(40_000) },
  'source-line': { requester: 'open', source: 'preserving', who: 'source', happen: lineDown(40_000) },
  'requester-vpn': { ...OPEN, who: 'requester', happen: secondNetwork },
  'source-vpn': { ...OPEN, who: 'source', happen: secondNetwork },
  'requester-sleep': { ...OPEN, who: 'requester', happen: asleep(50_000) },
  'source-sleep': { ...OPEN, who: 'source', happen: asleep(50_000) },
};

class Scene {
  readonly #stage: Stage;
  readonly #internet: Internet;
  #tracker: Tracker;
  #pairs = 0;

  constructor(stage: Stage, internet: Internet, tracker: Tracker) {
    this.#stage = stage;
    this.#internet = internet;
    this.#tracker = tracker;
  }

  async run(move: Move): Promise<Moved> {
    if (move !== 'tracker') return this.#move(move, COURSES[move]);
    const happen = async () => {
      await this.#tracker.kill();
      await sleep(2000); // for so long it is away
      this.#tracker = await startTracker(this.#stage, this.#internet, this.#tracker.port);
      return undefined;
    };
    return this.#move(move, { requester: 'symmetric', source: 'symmetric', who: 'requester', happen });
  }

  async #move(move: Move, { requester: to, source: from, who, prepare, happen }: Course): Promise<Moved> {
    const number = ++this.#pairs;
    const source = await this.#member(`s${number}`, from, who === 'source' ? prepare : undefined);
    const requester = await this.#member(`r${number}`, to, who === 'requester' ? prepare : undefined);
    const moved = { source, requester }[who];
    const path = this.#stage.path(`file${number}.bin`);
    const sha1 = randomFile(path, PIECES * PIECE_BYTES);
    await source.peer.say(`create_group lab${number}`);
    await requester.peer.say(`join_group lab${number}`);
    assert.match(await source.peer.say(`accept_request lab${number} r${number}`), /is a member/);
    assert.match(await source.peer.say(`upload_file ${path} lab${number}`), /^shared/);
    await Promise.all([isKnown(source.peer), isKnown(requester.peer)]);
    const folder = await this.#stage.subfolder('inbox', `r${number}`);
    const copy = join(folder, `file${number}.bin`);
    assert.match(await requester.peer.say(`set_limit download ${RATE.text}`), /download/);
    assert.match(await requester.peer.say(`download_file lab${number} file${number}.bin ${folder}`), /^downloading/);
    const journal = `${copy}.part.journal`;
    const pieces = () => (existsSync(journal) ? journalledPieces(journal).size : existsSync(copy) ? PIECES : 0);
    await until(() => pieces() >= 4);
    const before = await wayOf(requester.peer);

    const address = await happen(moved);
    const backMs = performance.now();
    const [had, received] = [pieces(), requester.at.receivedBytes];
    const sinceBack = () => (performance.now() - backMs) / 1000;
    const flows = until(() => pieces() >= Math.min(PIECES, had + UNDER_WAY)).then(sinceBack);
    const known = isKnown(moved.peer, address).then(sinceBack);
    const [flowsSeconds, knownSeconds] = await Promise.all([flows, known]);
    const after = await wayOf(requester.peer);
    await requester.peer.say('set_limit download 0');
    assert.match(await requester.peer.say('wait_downloads'), /^1 complete, 0 failed/);
    assert.equal(sha1Of(copy), sha1, 'the file is wrong');
    const twiceBytes = requester.at.receivedBytes - received - (PIECES - had) * PIECE_BYTES;
    await Promise.all([source.peer.stop(), requester.peer.stop()]);
    return { move, before, after, flowsSeconds, knownSeconds, twiceBytes };
  }

  /** A client as it starts without options about addresses. */
  async #member(name: string, line: Line, prepare?: Course['prepare']): Promise<Member> {
    const at = await Movable.open(this.#internet, this.#stage, name, line);
    await prepare?.(at);
    const peer = this.#stage.startPeer(name, this.#tracker.url, { listen: '[::]:0', within: at.host.within });
    await signUp(peer, name);
    return { at, peer };
  }
}

function startTracker(stage: Stage, { tracker }: Internet, port?: number): Promise<Tracker> {
  return stage.startTracker({ host: tracker.address, within: tracker.within, ...(port !== undefined && { port }) });
}

/** The ways of the only download that runs; empty once it is complete. */
async function wayOf(peer: Peer): Promise<string> {
  return untilSeen(
    async () => {
      const [line = ''] = await peer.list('show_downloads');
      return line.startsWith('[C]') ? 'complete' : (/ over ([a-z, ]+)/.exec(line)?.[1] ?? '');
    },
    (ways) => ways !== '',
    100,
  );
}

/** Waits until the tracker has checked the addresses of a client, among them this one. */
async function isKnown(peer: Peer, address?: string): Promise<void> {
  await untilSeen(
    async () => {
      const sentence = await peer.say('reach');
      const rows: string[] = [];
      for (let left = Number.parseInt(sentence, 10); left > 0; left--) rows.push(await peer.line());
      return { sentence, rows };
    },
    ({ sentence, rows }) =>
      !/not yet checked|signed in/.test(sentence) &&
      (address === undefined || rows.some((row) => row.includes(address))),
    100,
  );
}

/** The parent is gone: the system ends all other processes together with this one. */
const end = () => process.exit(1);
process.once('disconnect', end);
const { moves, together } = MOVING_OPTIONS.parse(JSON.parse(process.argv[2] ?? ''));
{
  await using stage = await Stage.open();
  const internet = await Internet.open();
  const scene = new Scene(stage, internet, await startTracker(stage, internet));
  const report = async (move: Move) => process.send?.(await scene.run(move));
  const last = moves.filter((move) => move === 'tracker');
  const others = moves.filter((move) => move !== 'tracker');
  if (together) await Promise.all(others.map(report));
  else for (const move of others) await report(move);
  for (const move of last) await report(move);
}
process.off('disconnect', end);
process.disconnect(); // messages sent before still arrive
