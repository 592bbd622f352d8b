import assert from 'node:assert/strict';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import * as z from 'zod';
import { accountRecords } from '../../../sdk/client/library/account-records.js';
import { decodeJournal, encodeBatch } from '../../../sdk/client/library/files/library-journal.js';
import { parseLibraryJson } from '../../../sdk/client/library/files/library-v1.js';
import { LibraryAccount } from '../../../sdk/client/library/library-account.js';
import { KeptIndex } from '../../../sdk/client/library/tables/kept-index.js';
import { LiveBytes } from '../../../sdk/client/library/tables/live-bytes.js';
import { parseKnownNodes } from '../../../sdk/client/local/known-nodes.js';
import { parseKnownTrackers } from '../../../sdk/client/local/known-trackers.js';
import { parseHolder, parseKept } from '../../../sdk/disk/index.js';
import { createTlsIdentity, readTlsIdentity } from '../../../sdk/identity/index.js';
import { parseEndpoint, parseTrackerInfo, parseTrackerUrls } from '../../../sdk/protocol/index.js';
import { hasCode } from '../../support/has-code.js';
import { changedJson } from '../json-mutations.js';
import { changed } from '../mutations.js';
import { valuesOf } from '../schema-samples.js';
import { expectOnly, type FuzzTarget } from '../target.js';

const share = valuesOf(
  z.object({
    groupId: z.string(),
    fileName: z.string(),
    path: z.string(),
    manifestId: z.string().regex(/^[0-9a-f]{64}$/),
    sizeBytes: z.number().int().nonnegative(),
    modifiedNs: z.string().regex(/^-?\d+$/),
    registered: z.boolean(),
  }),
);
const download = valuesOf(
  z.object({
    id: z.string().optional(),
    groupId: z.string(),
    fileName: z.string(),
    finalPath: z.string(),
    overwrite: z.boolean(),
    manifestId: z.string().regex(/^[0-9a-f]{64}$/),
    sizeBytes: z.number().int().nonnegative(),
    paused: z.boolean(),
    donePieces: z.number().int().nonnegative().optional(),
  }),
);
const account = fc.record({
  shares: fc.array(share, { maxLength: 3 }),
  downloads: fc.array(download, { maxLength: 2 }),
});
const fingerprint = valuesOf(z.string().regex(/^[0-9a-f]{64}$/));

/** `library.json`, of version 0.1 or of today. */
export function libraryTarget(): FuzzTarget {
  const file = fc.record({ version: fc.constant(1), accounts: fc.dictionary(fc.string(), account, { maxKeys: 3 }) });
  return jsonFile(file, (text) =>
    expectOnly(
      (error) => hasCode('DATA_DIR_INVALID')(error) || hasCode('DATA_DIR_NEWER')(error),
      () => parseLibraryJson('library.json', text),
    ),
  );
}

/** `library.journal`: what is read can be made, and written again. */
export function libraryJournalTarget(): FuzzTarget {
  const id = fc.constantFrom('a', 'b', '__proto__');
  const change = fc.oneof(
    fc.record({ type: fc.constant('share'), share }),
    fc.record({ type: fc.constant('noShare'), groupId: fc.string(), fileName: fc.string() }),
    fc.record({ type: fc.constant('noDownload'), id }),
    fc.record({ type: fc.constant('noFolder'), id }),
    fc.record({ type: fc.constant('leftGroup'), group: fc.record({ groupId: fc.string() }) }),
    fc.record({ type: fc.constant('notLeft'), groupId: fc.string() }),
    fc.record({ type: fc.constant('noRemovedFile'), groupId: fc.string(), path: fc.string() }),
  );
  const batch = fc.array(fc.tuple(fc.string(), fc.array(change, { maxLength: 3 })), { maxLength: 2 });
  const journal = fc.array(batch, { maxLength: 5 }).map((batches) => {
    const lines = [{ version: 2, lines: Math.min(1, batches.length) }, ...batches].map((one) => JSON.stringify(one));
    const bytes = Buffer.from(lines.map((line) => `00000000 ${line}\n`).join(''));
    repairSums(bytes);
    return { bytes, fields: [] };
  });
  return {
    inputs: (seed) => changed(fc.sample(journal, { seed, numRuns: 200 }), repairSums),
    mostBuffer: (bytes) => 2 * bytes.length + 4096,
    decode: ({ bytes }) =>
      expectOnly(hasCode('DATA_DIR_NEWER'), () => {
        const { lines, length } = decodeJournal('library.journal', bytes);
        assert.ok(length === 0 || bytes[length - 1] === 10);
        const account = new LibraryAccount({
          live: new LiveBytes(),
          kept: new KeptIndex(),
          onChange: () => assert.fail('it was read'),
        });
        for (const { batch: read } of lines)
          for (const [, changes] of read) for (const one of changes) account.apply(one);
        assert.ok(encodeBatch([['u@t', accountRecords(account)]], () => {}).length > 0);
      }),
  };
}

/** Gives each line the checksum that it has to have. */
function repairSums(bytes: Buffer): void {
  for (let start = 0, end = bytes.indexOf('\n'); end >= 0; start = end + 1, end = bytes.indexOf('\n', start)) {
    if (end - start > 9)
      bytes.write(
        `${crc32(bytes.subarray(start + 9, end))
          .toString(16)
          .padStart(8, '0')} `,
        start,
      );
  }
}

/** `known-trackers.json`. */
export function knownTrackersTarget(): FuzzTarget {
  return jsonFile(fc.dictionary(fc.string(), fingerprint), (text) =>
    expectOnly(hasCode('DATA_DIR_INVALID'), () => parseKnownTrackers('known-trackers.json', text)),
  );
}

/** `known-nodes.json`. Whatever is wrong with it, it is made anew. */
export function knownNodesTarget(): FuzzTarget {
  const node = fc.constantFrom('192.0.2.1:6970', '[2001:db8::1]:443', 'node.example:6970', '127.0.0.1:7001');
  return jsonFile(fc.dictionary(fingerprint.map(String), fc.array(node, { maxLength: 16 })), (text) =>
    expectOnly(
      (error) => error instanceof Error,
      () => parseKnownNodes(text),
    ),
  );
}

/** `device.json`: a key and a certificate, which OpenSSL reads. */
export async function deviceKeyTarget(): Promise<FuzzTarget> {
  const made = await Promise.all(['one', 'two', 'three'].map((name) => createTlsIdentity(name)));
  return jsonFile(fc.constantFrom(...made), (text) =>
    expectOnly(hasCode('DATA_DIR_INVALID'), () => parseKept('device.json', text, readTlsIdentity, 'make a new one.')),
  );
}

/** `lock`, with who holds a data folder. */
export function folderLockTarget(): FuzzTarget {
  const startedAt = fc.option(fc.stringMatching(/^\d+$/));
  const holder = fc.record({ pid: fc.nat(2 ** 22), startedAt, bootId: fc.stringMatching(/^[0-9a-f]{32}$/) });
  return jsonFile(holder, (text) => void parseHolder(text));
}

function jsonFile(value: fc.Arbitrary<unknown>, decode: (text: string) => void): FuzzTarget {
  return {
    inputs: (seed) => changedJson(fc.sample(value, { seed, numRuns: 200 })),
    mostBuffer: (bytes) => 2 * bytes.length + 4096,
    decode: ({ bytes }) => decode(bytes.toString('utf8')),
  };
}

/** `tracker_info.txt`, and addresses as they are given in one string. */
export function trackerAddressTarget(): FuzzTarget {
  const lines = [
    '127.0.0.1 7001',
    '# a remark',
    '192.0.2.8 6970 store=lab',
    '',
    `tracker.example 443 ${'ab'.repeat(32)}`,
    `::1 9 SHA256:${Array.from({ length: 32 }, () => 'AB').join(':')}`,
    `wss://tracker.example:7001#${'0'.repeat(64)}`,
    'wss://[::1]:7001',
    `wss://one.example:7001,[::1]:7002#${'0'.repeat(64)}`,
    '[fe80::1%eth0]:7001',
    'wss://bücher.example/',
  ];
  const texts = fc
    .array(fc.constantFrom(...lines), { minLength: 1, maxLength: 6 })
    .map((some) => ({ bytes: Buffer.from(some.join('\r\n')), fields: [] }));
  return {
    inputs: (seed) => changed(fc.sample(texts, { seed, numRuns: 200 })),
    mostBuffer: () => 0,
    decode: ({ bytes }) => {
      const text = bytes.toString('utf8');
      expectOnly(hasCode('TRACKER_INVALID'), () => parseTrackerInfo(text));
      expectOnly(hasCode('TRACKER_INVALID'), () => parseTrackerUrls(text));
      expectOnly(hasCode('INVALID_ARGUMENT'), () => parseEndpoint(text));
    },
  };
}
