import assert from 'node:assert/strict';
import { halfShared } from '../../../tracker/program/banner.js';
import { readInvocation } from '../../../tracker/program/options.js';
import { Program, SHOAL_TRACKER } from '../../e2e/support/processes.js';
import { hasCode } from '../../support/has-code.js';
import { freshDatabase } from '../../support/postgres/shared-server.js';

describe('the option --store', () => {
  const URL = 'postgres://me:secret@127.0.0.1/shoal';
  const place = (args: string[], env: NodeJS.ProcessEnv = {}) => {
    const invocation = readInvocation(args, env);
    return invocation.kind === 'run' ? invocation.place : undefined;
  };

  it('replaces the folder, by the command line or by the environment', () => {
    assert.deepEqual(place(['--store', URL]), { store: URL });
    assert.deepEqual(place([], { SHOAL_TRACKER_STORE: URL }), { store: URL });
    assert.deepEqual(place(['--data', '/x'], { SHOAL_TRACKER_STORE: '' }), { dataDir: '/x' });
  });

  it('is refused without its password if it is wrong, or beside a folder', () => {
    for (const [args, env] of [
      [['--store', URL, '--data', '/x'], {}],
      [['--data', '/x'], { SHOAL_TRACKER_STORE: URL }],
      [['--store', 'mysql://me:secret@host/x'], {}],
      [[`--stor=${URL}`], {}],
      [[URL, 'one', URL], {}],
    ] as const) {
      const refused = (error: unknown) =>
        error instanceof Error && hasCode('USAGE')(error) && !error.message.includes('secret');
      assert.throws(() => readInvocation(args, env), refused, args.join(' '));
    }
  });

  it('goes together with --swarm', () => {
    assert.equal(halfShared({ store: true, swarm: true }), undefined);
    assert.equal(halfShared({ store: false, swarm: false }), undefined);
    assert.equal(halfShared({ store: false, swarm: true })?.level, 'warn');
  });

  it('starts two trackers with one fingerprint, and ends with code 2 and one line if the database cannot be used', async () => {
    const { url } = await freshDatabase();
    const start = (store: string) =>
      new Program(SHOAL_TRACKER, ['--listen', '127.0.0.1:0'], { env: { SHOAL_TRACKER_STORE: store } });
    const running = [start(url), start(url)];
    const fingerprints = new Set<string>();
    for (const program of running) {
      await program.line();
      fingerprints.add(await program.line());
    }
    assert.equal(fingerprints.size, 1);
    for (const program of running) await program.warns(/no --swarm: if other trackers use this database/);
    for (const program of running) assert.equal(await program.stop(), 0);
    const refused = start(url.replace(/:[^:@]+@/, ':secret@'));
    assert.equal(await refused.exited, 2);
    assert.match(refused.stderr, /^error PERMISSION_DENIED: [^\n]+ cannot be used: [^\n]+\n$/);
    assert.ok(!refused.stderr.includes('secret'));
  });
});
