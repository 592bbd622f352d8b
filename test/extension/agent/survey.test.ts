import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { MADE_TOKEN } from '../../support/made-token.js';
import { AgentLab, hasCode } from './support.js';

describe('a survey by the agent', function () {
  this.timeout(60_000);
  let lab: AgentLab;

  beforeEach(async () => {
    lab = new AgentLab();
    await lab.startTracker();
  });
  afterEach(() => lab.close());

  function make(files: Record<string, string | Buffer>): string {
    for (const [place, text] of Object.entries(files)) {
      const path = join(lab.folder, 'project', place);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
    }
    return join(lab.folder, 'project');
  }

  it('reports the amount, and what looks like secrets by name or content, but not the secret', async () => {
    const ann = await lab.signedInWindow('ann');
    await ann.client.createGroup('lab');
    const binary = Buffer.concat([Buffer.from([0]), Buffer.from(MADE_TOKEN)]);
    const project = make({
      ...{ '.env': 'A=1', 'src/a.ts': 'a', 'src/b.ts': `const token = '${MADE_TOKEN}';\n`, 'keys/server.pem': 'x' },
      ...{ '.gitignore': 'out\n', 'out/.env': 'A=1', 'large.txt': MADE_TOKEN.padEnd(70_000), 'data.bin': binary },
    });
    const gone = join(lab.folder, 'gone');
    const survey = await ann.client.survey([project, join(project, '.env'), gone]);
    const [folder, file, missing] = survey.items;
    assert.equal(survey.isWhole, true);
    assert.deepEqual(folder?.secrets, [
      { place: '.env', bytes: 3, kind: 'environment' },
      { place: 'keys/server.pem', bytes: 1, kind: 'key' },
      { place: 'src/b.ts', bytes: 58, kind: 'content', rule: 'github' },
    ]);
    assert.deepEqual(
      folder?.entries.map(({ name, files }) => `${name} ${files}`),
      ['.gitignore 1', 'data.bin 1', 'large.txt 1', 'src 1'],
    );
    assert.equal(folder?.files, 4);
    assert.deepEqual(file?.secrets, [{ place: '', bytes: 3, kind: 'environment' }]);
    assert.equal(missing?.problem?.code, 'PATH_NOT_FOUND');
    assert.ok(!JSON.stringify(survey).includes('ghp_'));
    assert.deepEqual(ann.client.shares(), [], 'nothing is shared by it');
  });

  it("refuses the agent's own files", async () => {
    const ann = await lab.signedInWindow('ann');
    const folder = lab.computer('computer');
    const device = join(folder, 'device');
    const { items } = await ann.client.survey([device, folder]);
    assert.equal(items[0]?.problem?.code, 'PERMISSION_DENIED');
    assert.equal(
      items[1]?.problem?.code,
      'PERMISSION_DENIED',
      'the folder with the device and the control of the agent',
    );
    await ann.client.createGroup('lab');
    await assert.rejects(ann.client.shareFolder(folder, 'lab', { as: 'all' }), hasCode('PERMISSION_DENIED'));
    await ann.client.shareFolder(lab.folder, 'lab', { as: 'above' });
    const shared = ann.client.shares().map(({ path }) => readFileSync(path, 'utf8'));
    for (const text of shared) assert.ok(!/PRIVATE KEY|secret/.test(text));
  });

  it('can be stopped', async () => {
    const ann = await lab.signedInWindow('ann');
    const project = make(Object.fromEntries(Array.from({ length: 500 }, (_none, at) => [`f${at}`, `text ${at}`])));
    const stop = new AbortController();
    const surveyed = ann.client.survey([project], { signal: stop.signal });
    stop.abort();
    await assert.rejects(surveyed, hasCode('ABORTED'));
  });

  it('defines what a folder share contains, less what is left out; and many shares end in one call', async () => {
    const ann = await lab.signedInWindow('ann');
    await ann.client.createGroup('lab');
    const project = make({ '.env': 'A=1', 'src/.gitignore': '!*', 'src/.env': 'B=2', 'src/a': 'a', b: 'b' });
    await ann.client.shareFolder(project, 'lab', { omit: ['.env', 'src/.env'] });
    const names = (await ann.client.listFiles('lab')).map(({ fileName }) => fileName);
    assert.deepEqual(names, ['project/b', 'project/src/.gitignore', 'project/src/a']);
    await ann.client.stopShares('lab', names.slice(1));
    assert.deepEqual(
      ann.client.shares().map(({ fileName }) => fileName),
      ['project/b'],
    );
    assert.equal((await ann.client.listFiles('lab')).length, 1);
  });
});
