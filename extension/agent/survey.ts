import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { ShoalClient } from '@shoal/sdk';
import { awayMountOf } from '@shoal/sdk/disk';
import { ShoalError } from '@shoal/sdk/protocol';
import type { SurveyItem, SurveyRecord } from '../contract/survey-schema.js';
import { secretByName } from './secret-names.js';
import { MAX_SCANNED_BYTES, scanForSecrets } from './secret-scan.js';

type Secret = SurveyItem['secrets'][number];
type Entry = SurveyItem['entries'][number];

/** A file to share. */
interface FoundFile {
  readonly path: string;
  /** Path below the given folder, with slashes; '' for the given file itself. */
  readonly place: string;
  readonly sizeBytes: number;
}

interface Found {
  readonly path: string;
  readonly isFolder: boolean;
  readonly files: readonly FoundFile[];
  readonly skipped: number;
  readonly problem: ShoalError | undefined;
}

/**
 * What sharing these files and folders would share: how much, what looks like secrets, and what cannot be shared.
 * @throws ShoalError `ABORTED`
 */
export async function survey(
  client: ShoalClient,
  paths: readonly string[],
  signal: AbortSignal,
): Promise<SurveyRecord> {
  const found: Found[] = [];
  for (const path of paths) found.push(await find(client, path, signal));
  const rules = await lookInto(found, signal);
  return { items: found.map((one) => itemOf(one, rules.found)), isWhole: rules.isWhole };
}

async function find(client: ShoalClient, path: string, signal: AbortSignal): Promise<Found> {
  try {
    const there = await stat(path);
    if (!there.isDirectory()) {
      const files = [{ path, place: '', sizeBytes: there.size }];
      return { path, isFolder: false, files, skipped: 0, problem: undefined };
    }
    const { files, skipped } = await client.surveyFolder(path, { signal });
    return { path, isFolder: true, files, skipped: skipped.length, problem: undefined };
  } catch (thrown) {
    const problem = ShoalError.from(thrown, 'DISK_ERROR');
    if (problem.code === 'ABORTED') throw problem;
    return { path, isFolder: false, files: [], skipped: 0, problem };
  }
}

/** The matching rules by path. Files that their names reveal are not read, and files near the top are read first. */
async function lookInto(
  found: readonly Found[],
  signal: AbortSignal,
): Promise<{ found: ReadonlyMap<string, string>; isWhole: boolean }> {
  const small = found
    .flatMap((one) => one.files.map((file) => ({ ...file, name: nameOf(one, file) })))
    .filter(({ sizeBytes, name }) => sizeBytes > 0 && sizeBytes <= MAX_SCANNED_BYTES && !secretByName(name, sizeBytes));
  // another disk may not answer, and would block a thread
  const near = small.filter(({ path }) => awayMountOf(path) === undefined);
  const depths = near.map(({ path, place }) => ({ path, depth: place.split('/').length }));
  const paths = depths.sort((a, b) => a.depth - b.depth).map(({ path }) => path);
  const { findings, isWhole } = await scanForSecrets(paths, signal);
  const rules = new Map(findings.map(({ index, rule }) => [paths[index] ?? '', rule]));
  return { found: rules, isWhole: isWhole && near.length === small.length };
}

function itemOf(one: Found, rules: ReadonlyMap<string, string>): SurveyItem {
  const { path, isFolder, skipped, problem } = one;
  const secrets: Secret[] = [];
  const entries = new Map<string, Entry>();
  let [files, bytes] = [0, 0];
  for (const file of one.files) {
    const secret = secretOf(one, file, rules);
    if (secret) {
      secrets.push(secret);
      continue;
    }
    files += 1;
    bytes += file.sizeBytes;
    if (isFolder) addTo(entries, file);
  }
  return {
    ...{ path, isFolder, files, bytes, skipped, secrets, entries: [...entries.values()] },
    problem: problem ? { code: problem.code, message: problem.message } : null,
  };
}

function secretOf(one: Found, file: FoundFile, rules: ReadonlyMap<string, string>): Secret | undefined {
  const kind = secretByName(nameOf(one, file), file.sizeBytes);
  const { place, sizeBytes: bytes } = file;
  if (kind) return { place, bytes, kind };
  const rule = rules.get(file.path);
  return rule === undefined ? undefined : { place, bytes, kind: 'content', rule };
}

/** The path that may reveal secrets: the part below the given folder, and that folder's name. */
function nameOf({ path }: Found, { place }: FoundFile): string {
  return place === '' ? basename(path) : `${basename(path)}/${place}`;
}

function addTo(entries: Map<string, Entry>, { place, sizeBytes }: FoundFile): void {
  const [name = '', ...rest] = place.split('/');
  const known = entries.get(name) ?? { name, isFolder: rest.length > 0, files: 0, bytes: 0 };
  entries.set(name, { ...known, files: known.files + 1, bytes: known.bytes + sizeBytes });
}
