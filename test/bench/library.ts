import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Library } from '../../sdk/client/library/library.js';
import type { LibraryShare } from '../../sdk/client/library/records/library-schema.js';

/** Measures the cost of a share in the library by the number of shares. */

const HELP = `npm run bench -- library [--shares N] [--folder PATH]
Adds N shares (10,000) to a library one by one, each on the disk before the next, and prints what each quarter of them took for a share and the bytes
that it added; then how long the library takes to be read again. The library lies in a temporary folder below PATH.
`;

const { values } = parseArgs({
  options: {
    shares: { type: 'string', default: '10000' },
    folder: { type: 'string', default: tmpdir() },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) process.stdout.write(HELP);
else await bench(Number(values.shares));

async function bench(shares: number): Promise<void> {
  const folder = mkdtempSync(join(values.folder, 'shoal-library-'));
  const journal = join(folder, 'library.journal');
  try {
    const library = await Library.open(folder);
    const account = library.account('a'.repeat(64), 'alice');
    const begunMs = performance.now();
    let quarterMs = begunMs;
    let bytes = 0;
    for (let number = 1; number <= shares; number++) {
      account.putShares([shareOf(number)]);
      await library.durable();
      if (number % Math.ceil(shares / 4) > 0 && number < shares) continue;
      const nowMs = performance.now();
      const { size } = statSync(journal);
      const each = ((nowMs - quarterMs) / Math.ceil(shares / 4)).toFixed(2);
      process.stdout.write(
        `to ${number}: ${each} ms and ${Math.round((size - bytes) / Math.ceil(shares / 4))} bytes each\n`,
      );
      [quarterMs, bytes] = [nowMs, size];
    }
    const addedMs = performance.now();
    await Library.open(folder);
    const readMs = performance.now() - addedMs;
    const { user, system } = process.cpuUsage();
    process.stdout.write(
      `${shares} shares: ${((addedMs - begunMs) / 1000).toFixed(1)} s, ${((user + system) / 1e6).toFixed(1)} CPU-s, read again in ${readMs.toFixed(0)} ms, Node ${process.version}\n`,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function shareOf(number: number): LibraryShare {
  const fileName = `folder/file-${number}.bin`;
  return {
    ...{ groupId: 'lab', fileName, path: `/home/alice/${fileName}`, manifestId: 'ab'.repeat(32), sizeBytes: 4096 },
    ...{ modifiedNs: '1764363600000000000', registered: true, manifest: 'A'.repeat(150) },
  };
}
