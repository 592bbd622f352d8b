import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import Mocha from 'mocha';
import type { Results } from './results.js';

/** Mocha's `spec` reporter, which also writes the results of each file to the path in `SHOAL_TEST_RESULTS`. */
export default class extends Mocha.reporters.Spec {
  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options);
    const results: Results = {};
    const resultOf = ({ file = 'unknown' }: Mocha.Test | Mocha.Hook) => {
      const path = relative('test', file).replaceAll('\\', '/');
      results[path] ??= { passed: 0, failed: [] };
      return results[path];
    };
    runner.on('pass', (test) => resultOf(test).passed++);
    runner.on('pending', (test) => void resultOf(test));
    runner.on('fail', (test) => resultOf(test).failed.push(test.fullTitle()));
    runner.on('end', () => {
      const path = process.env.SHOAL_TEST_RESULTS;
      if (path !== undefined) writeFileSync(path, JSON.stringify(results));
    });
  }
}
