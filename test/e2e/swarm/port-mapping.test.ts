import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { WAYS } from '../reach/expected.js';
import { meet } from '../reach/meeting.js';
import { HOST_PORT, REPORT, type Report } from './mapping-messages.js';
import { runInNamespaces, whyNoNamespaces } from './namespaces.js';
import { type RouterTools, routerTools } from './router-tools.js';

const INSIDE = fileURLToPath(new URL('mapping-inside.ts', import.meta.url));
const EVERY_PROTOCOL = ['pcp', 'nat-pmp', 'upnp'];

describe('a port behind a real router', function () {
  this.timeout(240_000);

  let folder: string;
  let tools: RouterTools;

  before(async function () {
    folder = await mkdtemp(join(tmpdir(), 'shoal-router-'));
    const found = (await whyNoNamespaces()) ?? (await routerTools(folder));
    if (typeof found === 'string') {
      process.stderr.write(`Port mapping at a real router is left out: ${found}\n`);
      this.skip(); // the reason was printed
    }
    tools = found;
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it('is mapped by each protocol, reached from outside, and closed again', async () => {
    const reports: Report[] = [];
    const onMessage = (message: unknown) => void reports.push(REPORT.parse(message));
    await runInNamespaces(INSIDE, [JSON.stringify(tools)], onMessage); // rejects if a mapping is left behind
    const state = { kind: 'mapped', host: '21.0.0.1', port: HOST_PORT };
    const single = EVERY_PROTOCOL.map((by) => ({ protocols: [by], state: { ...state, by }, isReached: true }));
    assert.deepEqual(reports.slice(0, -1), single);
    const [last] = reports.slice(-1);
    assert.deepEqual(last, { protocols: EVERY_PROTOCOL, state: { ...last?.state, ...state }, isReached: true });
  });

  it('is mapped by a peer, so that a member behind another router fetches a file directly', async () => {
    const ways: string[] = [];
    const options = { pairs: [{ requester: 'preserving', source: 'mapping' } as const], sizeMib: 4, areKnown: false };
    await meet({ ...options, tools }, ({ way }) => void ways.push(way)); // rejects if a mapping is left behind
    assert.equal(ways.length, 1);
    assert.match(ways[0] ?? '', WAYS.direct.said);
  });
});
