import { join } from 'node:path';
import Mocha from 'mocha';

/** Called by the editor in its extension host: runs the suites that were built beside this file. */
export async function run(): Promise<void> {
  const mocha = new Mocha({ timeout: 60_000, color: false });
  for (const name of (process.env.SHOAL_SUITES ?? '').split(',')) mocha.addFile(join(__dirname, `${name}.suite.js`));
  await new Promise<void>((resolve, reject) => {
    mocha.run((failures) => {
      if (failures === 0) resolve();
      else reject(new Error(`${failures} failed`));
    });
  });
}
