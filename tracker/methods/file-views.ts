import {
  inParts,
  MAX_BATCH_FILES,
  MAX_LIST_BYTES,
  messageBytes,
  type SharedFile,
  ShoalError,
} from '@shoal/sdk/protocol';
import type { StoredFile } from '../store/store.js';
import type { Swarm } from '../swarm/swarm.js';
import type { MethodContext } from './context.js';
import { tellMembers } from './members.js';

/** A file as clients see it, with its sources. */
export async function viewFile({ groupId, ...file }: StoredFile, swarm: Swarm): Promise<SharedFile> {
  return { ...file, ...(await swarm.count({ groupId, manifestId: file.manifestId })) };
}

/** Counts the sources of the newest version in a refusal. */
export async function viewRefusal(error: ShoalError, groupId: string, swarm: Swarm): Promise<ShoalError> {
  const { newest } = error;
  if (!newest) return error;
  const counted = { ...newest, ...(await swarm.count({ groupId, manifestId: newest.manifestId })) };
  return new ShoalError(error.code, error.message, { newest: counted });
}

/** Characters of one refusal in a batch, because it may contain long names. */
const MAX_REFUSAL_CHARACTERS = 400;

/** What is said of one item of a batch. */
export type ItemRefusal = { code: string; message: string; newest?: SharedFile };

/** The answer for a refused item. Any other error fails the whole batch. */
export function refusal(error: unknown): ItemRefusal {
  if (!(error instanceof ShoalError)) throw error;
  const { code, message, newest } = error;
  const isLong = message.length > MAX_REFUSAL_CHARACTERS;
  const text = isLong ? `${message.slice(0, MAX_REFUSAL_CHARACTERS - 1)}…` : message;
  return { code, message: text, ...(newest && { newest }) };
}

export type FileOrRefusal = { file: SharedFile } | ItemRefusal;

/**
 * Makes the results of a batch fit into a message: beyond its room, notes are left out, and the newest versions in refusals.
 */
export function fitting(results: readonly FileOrRefusal[]): FileOrRefusal[] {
  let left = MAX_LIST_BYTES;
  return results.map((result) => {
    left -= messageBytes(result);
    if (left >= 0) return result;
    if (!('file' in result)) return { code: result.code, message: result.message };
    const { note: _, ...file } = result.file;
    return { file };
  });
}

/** Tells the members of shared or updated files, with as many events as they need. */
export async function tellFiles(
  event: 'filesShared' | 'filesUpdated',
  groupId: string,
  files: readonly SharedFile[],
  context: MethodContext,
): Promise<void> {
  for (const part of inParts(files, MAX_BATCH_FILES))
    await tellMembers(groupId, context, { event, payload: { groupId, files: part } });
}
