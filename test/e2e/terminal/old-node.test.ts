import assert from 'node:assert/strict';
import { Program, SHOAL, SHOAL_TRACKER } from '../support/processes.js';

/** Makes a program believe that it runs on another version of Node. */
const asNode = (version: string) => {
  const code = `globalThis.process = Object.create(process, { versions: { value: { node: '${version}' } } })`;
  return ['--import', `data:text/javascript,${encodeURIComponent(code)}`];
};

describe('a Node that is too old', () => {
  for (const [name, script] of [
    ['shoal', SHOAL],
    ['shoal-tracker', SHOAL_TRACKER],
  ] as const) {
    it(`is told in one line which one ${name} needs`, async () => {
      for (const version of ['18.20.8', '20.18.3']) {
        const [flag = '', preload = ''] = asNode(version);
        const program = new Program(flag, [preload, script, '--version']);
        assert.equal(await program.exited, 2);
        assert.equal(
          program.stderr,
          `error USAGE: ${name} needs Node 20.19 or later, and this is ${version}: install a newer one.\n`,
        );
      }
    });
  }
});
