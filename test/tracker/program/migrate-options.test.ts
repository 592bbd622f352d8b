import assert from 'node:assert/strict';
import { readMigration } from '../../../tracker/program/migrate-options.js';
import { defaultDataDir, readInvocation } from '../../../tracker/program/options.js';
import { hasCode } from '../../support/has-code.js';

const STORE = 'postgres://me:secret@127.0.0.1/shoal';

describe('the command line of migrate-store', () => {
  it('names a folder and a database, by the command line or by the environment', () => {
    const moved = { kind: 'migrate', dataDir: '/x', store: STORE };
    assert.deepEqual(readMigration(['--data', '/x', '--store', STORE], {}), moved);
    assert.deepEqual(readMigration(['--data', '/x'], { SHOAL_TRACKER_STORE: STORE }), moved);
    const usual = readMigration(['--store', STORE], {});
    assert.ok(usual.kind === 'migrate' && usual.dataDir === defaultDataDir({}, process.platform));
  });

  it('is refused without its password if it is wrong, or names no database', () => {
    for (const args of [[], ['--store', 'mysql://me:secret@h/x'], [`--stor=${STORE}`], ['--store', STORE, STORE]]) {
      const refused = (error: unknown) =>
        error instanceof Error && hasCode('USAGE')(error) && !error.message.includes('secret');
      assert.throws(() => readMigration(args, {}), refused, args.join(' '));
    }
  });

  it('has a help of its own, to which that of the tracker leads', () => {
    const help = readMigration(['--help'], {});
    assert.match(help.kind === 'print' ? help.text : '', /^Usage: shoal-tracker migrate-store \[options\]/);
    const tracker = readInvocation(['--help'], {});
    assert.match(tracker.kind === 'print' ? tracker.text : '', /shoal-tracker migrate-store --help/);
  });
});
