import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startDaemon } from '../../../extension/daemon/start-daemon.js';
import { AgentLab, hasCode, programAt } from '../agent/support.js';

describe('a daemon that is started', () => {
  let lab: AgentLab;

  beforeEach(() => {
    lab = new AgentLab();
  });
  afterEach(() => lab.close());

  const start = (options: object, script = programAt('agent')) =>
    startDaemon(script, { version: '1.0.0', lingerMs: 60_000, ...options });

  it('says why it cannot start', async () => {
    const file = lab.file('file', 1);
    await assert.rejects(start({ folder: file }), hasCode('PATH_NOT_FOUND'));
    await assert.rejects(start({ folder: join(lab.folder, 'x'.repeat(300)) }), hasCode('INVALID_NAME'));
    await assert.rejects(start({ folder: 7 }), hasCode('INTERNAL'));
    await assert.rejects(start({}), hasCode('INTERNAL'));
  });

  it('says that another process holds its folder', async () => {
    await lab.window({ tracker: null }).client.open();
    await assert.rejects(start({ folder: lab.computer('computer') }), hasCode('DATA_DIR_IN_USE'));
  });

  it('reports its reason to the window that requested it', async () => {
    lab.file('computer', 1);
    const window = lab.window({ tracker: null });
    await assert.rejects(window.client.open(), hasCode('PATH_NOT_FOUND'));
    await assert.rejects(window.client.listGroups(), hasCode('PATH_NOT_FOUND'), 'whatever is asked for');
  });

  it('fails if its program is not a daemon', async () => {
    const program = (name: string, text: string) => {
      const path = join(lab.folder, name);
      writeFileSync(path, text);
      return path;
    };
    await assert.rejects(start({}, join(lab.folder, 'missing.cjs')), hasCode('INTERNAL'));
    await assert.rejects(start({}, program('silent.cjs', '')), hasCode('INTERNAL'));
    await assert.rejects(start({}, program('crashing.cjs', 'process.abort();')), hasCode('INTERNAL'));
    await assert.rejects(start({}, program('chatty.cjs', 'console.log("hello")')), hasCode('INTERNAL'));
    const odd = 'console.log(JSON.stringify({ ready: false, code: "ODD", message: "It is odd." }))';
    await assert.rejects(start({}, program('odd.cjs', odd)), hasCode('INTERNAL'));
  });

  it("has nothing of the editor's environment, and everything else", async () => {
    const drawn = { VSCODE_PID: '1', ELECTRON_NO_ASAR: '1', NODE_OPTIONS: '--no-warnings', SHOAL_DRAWN: 'ä b' };
    Object.assign(process.env, drawn);
    try {
      const told = join(lab.folder, 'environment.json');
      const script = join(lab.folder, 'teller.cjs');
      writeFileSync(
        script,
        `require('fs').writeFileSync(${JSON.stringify(told)}, JSON.stringify({ env: process.env, cwd: process.cwd() }));
        console.log(JSON.stringify({ ready: true }));`,
      );
      await start({}, script);
      const { env, cwd } = JSON.parse(readFileSync(told, 'utf8')) as { env: NodeJS.ProcessEnv; cwd: string };
      const editors = Object.keys(env).filter((name) => /^(VSCODE_|ELECTRON_|NODE_OPTIONS)/.test(name));
      assert.deepEqual(editors, ['ELECTRON_RUN_AS_NODE'], 'only that it is to be Node');
      assert.equal(env.SHOAL_DRAWN, 'ä b');
      assert.equal(env.PATH, process.env.PATH);
      assert.notEqual(cwd, process.cwd(), 'it holds no folder that may be removed');
    } finally {
      for (const name of Object.keys(drawn)) delete process.env[name];
    }
  });
});
