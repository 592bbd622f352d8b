import { ShoalError } from '../../index.js';
import type { PeerClient } from '../client.js';

/** A file of a group, and one of its versions. */
interface VersionedName {
  readonly fileName: string;
  /** Undefined for the newest. */
  readonly version: number | undefined;
}

const VERSIONED = /^(.+)@([1-9]\d{0,9})$/s;

/** Reads `report.csv@3`. @throws ShoalError `USAGE` */
export function parseVersioned(word: string): { readonly fileName: string; readonly version: number } {
  const [, fileName, version] = VERSIONED.exec(word) ?? [];
  if (fileName === undefined) throw new ShoalError('USAGE', `Which version of ${word}? Write ${word}@3 for version 3.`);
  return { fileName, version: Number(version) };
}

/**
 * Reads a name with or without a version. A name of a file may itself end like `@3`: if the group has a file of the whole name, the
 * word means that one.
 * @throws ShoalError the tracker's errors
 */
export async function findVersioned(
  client: PeerClient,
  groupId: string,
  word: string,
  signal: AbortSignal,
): Promise<VersionedName> {
  if (!VERSIONED.test(word)) return { fileName: word, version: undefined };
  try {
    await client.listVersions(groupId, word, { signal });
    return { fileName: word, version: undefined };
  } catch (error) {
    if (!(error instanceof ShoalError)) throw error;
    if (error.code === 'FILE_NOT_FOUND') return parseVersioned(word);
    if (error.code === 'TRACKER_INCOMPATIBLE') return { fileName: word, version: undefined };
    throw error;
  }
}

/** The value of an option as a whole number. @throws ShoalError `USAGE` */
export function numberFrom(option: string, value: string): number {
  if (!/^\d{1,9}$/.test(value)) throw new ShoalError('USAGE', `--${option} is a whole number, not ${value}.`);
  return Number(value);
}

/** A conflict of versions, with the command that resolves it. */
export function conflictInTermsOfCommands(error: unknown, path: string, groupId: string): unknown {
  if (!(error instanceof ShoalError) || error.newest?.version === undefined) return error;
  const { newest } = error;
  const command = `upload_file ${path} ${groupId} --base ${newest.version}`;
  return new ShoalError(error.code, `${error.message} Then: ${command}`, { cause: error, newest });
}
