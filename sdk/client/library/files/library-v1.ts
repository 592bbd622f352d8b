import { createHash, randomUUID } from 'node:crypto';
import { rename } from 'node:fs/promises';
import * as z from 'zod';
import { errnoOf, readFileWithin } from '../../../disk/index.js';
import { ShoalError } from '../../../protocol/index.js';
import { newer, unreadable } from '../records/library-errors.js';
import { MAX_LIBRARY_BYTES, previousOf } from '../records/library-paths.js';
import { type Batch, type Change, LIBRARY_1, type Library1 } from '../records/library-schema.js';

/** The present `library.json`. It shows version 0.1 that the library is newer, and where it is. */
const MARKER = z.object({ version: z.literal(2), journal: z.string() });
const MARKER_VERSION = 2;

/** The first line of a library of version 0.1, with a digest of the other lines. */
const START = /^\{"version":1,"digest":"([0-9a-f]{64})",\n/;

/** The two kinds of a `library.json`. */
export type LibraryJson = { readonly kind: 'marker' } | { readonly kind: 'version 1'; readonly batch: Batch };

/**
 * Parses `library.json`. Memory is proportional to the text, which is limited to 256 MiB.
 * @throws ShoalError `DATA_DIR_INVALID`, `DATA_DIR_NEWER`
 */
export function parseLibraryJson(path: string, text: string, digest: 'checked' | 'ignored' = 'checked'): LibraryJson {
  const damaged = (cause: unknown) => unreadable(path, previousOf(path), cause);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw damaged(error);
  }
  if (MARKER.safeParse(value).success) return { kind: 'marker' };
  const head = z.object({ version: z.number(), digest: z.unknown().optional() }).safeParse(value);
  if (head.success && head.data.version > MARKER_VERSION) throw newer(path);
  // The first libraries had no digest.
  if (digest === 'checked' && head.success && head.data.digest !== undefined && !hasItsDigest(text))
    throw damaged(new Error('its digest does not fit: it was torn or edited'));
  const parsed = LIBRARY_1.safeParse(value);
  if (!parsed.success) throw damaged(parsed.error);
  return { kind: 'version 1', batch: batchOf(parsed.data) };
}

export function encodeMarker(journalName: string): string {
  return `${JSON.stringify({ version: MARKER_VERSION, journal: journalName } satisfies z.infer<typeof MARKER>)}\n`;
}

/**
 * @returns undefined if the file does not exist @throws ShoalError `DATA_DIR_INVALID`, `DATA_DIR_NEWER`, or the disk's
 * errors
 */
export async function readLibraryJson(path: string, digest?: 'ignored'): Promise<LibraryJson | undefined> {
  try {
    return parseLibraryJson(path, (await readFileWithin(path, MAX_LIBRARY_BYTES)).toString('utf8'), digest);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw ShoalError.from(error, 'DATA_DIR_INVALID');
  }
}

/**
 * Rescues a library of version 0.1 whose `library.json` is damaged or missing. A damaged file is moved aside, and the
 * previous one is used. If there is none, an edited file that is still a valid library is used.
 * @param damage why `library.json` cannot be read; undefined if it is missing
 * @throws ShoalError `damage` if nothing can be rescued, or the disk's errors
 */
export async function rescueVersion1(
  path: string,
  damage: ShoalError | undefined,
): Promise<{ batch: Batch; warning?: string }> {
  const before = await readVersion1(previousOf(path));
  if (!damage) {
    if (!before) return { batch: [] };
    return { batch: before, warning: `${path} was gone: what was kept just before is used.` };
  }
  if (!before) {
    const edited = await readVersion1(path, 'ignored');
    if (!edited) throw damage;
    return {
      batch: edited,
      warning: `${path} is not as Shoal wrote it, and nothing else is left: it is used as it is. Look whether all that you share is there.`,
    };
  }
  const aside = `${path}.damaged`;
  await rename(path, aside);
  return {
    batch: before,
    warning: `${path} is damaged and was put aside as ${aside}: what was kept just before is used. Look whether all that you share is there.`,
  };
}

async function readVersion1(path: string, digest?: 'ignored'): Promise<Batch | undefined> {
  const read = await readLibraryJson(path, digest).catch(() => undefined);
  return read?.kind === 'version 1' ? read.batch : undefined;
}

/** All records as changes. Positions replace the list order of version 0.1. */
function batchOf({ accounts }: Library1): Batch {
  return Object.entries(accounts).map(([account, { shares, downloads, folders }]) => {
    const ids = new Set<string>();
    const changes: Change[] = [
      ...shares.map((share): Change => ({ type: 'share', share })),
      ...downloads.map(({ id, ...download }, position): Change => {
        const own = id === undefined || ids.has(id) ? randomUUID() : id;
        ids.add(own);
        return { type: 'download', download: { ...download, id: own, position } };
      }),
      ...folders.map((folder): Change => ({ type: 'folder', folder })),
    ];
    return [account, changes];
  });
}

/**
 * Whether the digest in the first line matches. It covers the digests of all other lines except those that open and
 * close the accounts.
 */
function hasItsDigest(text: string): boolean {
  const start = START.exec(text);
  if (!start) return false;
  const lines = text
    .slice(start[0].length)
    .split('\n')
    .filter((line) => line !== '');
  const all = createHash('sha256');
  // A comma at the end of a line is not part of its digest.
  for (const line of lines.slice(1, -1)) all.update(digestOf(line.replace(/,$/, '')));
  return all.digest('hex') === start[1];
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
