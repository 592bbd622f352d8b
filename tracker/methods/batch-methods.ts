import {
  decodeManifest,
  MAX_ANSWERED_MANIFEST_BYTES,
  MAX_BATCH_SOURCES,
  MAX_INLINE_MANIFEST_BYTES,
  parseNewFilePath,
  type SharedFile,
  ShoalError,
  type Source,
  type TrackerParams,
} from '@shoal/sdk/protocol';
import type { NewShare } from '../store/store.js';
import { fileNotFound } from '../store/store-errors.js';
import type { Handlers } from './context.js';
import { shareAll, stopAll, tellMembers, viewFile } from './file-methods.js';
import { placeSources } from './placed-sources.js';

type BatchMethods = Pick<Handlers, 'shareFiles' | 'stopShares' | 'getManifests' | 'locateFiles'>;

/** Methods for many files at once, such as those of a folder. */
export const batchMethods: BatchMethods = {
  async shareFiles({ groupId, files }, connection, context) {
    const parsed = files.map((file) => orRefusal(() => parseShare(file)));
    const good = parsed.flatMap((one) => (one instanceof ShoalError ? [] : [one]));
    const stored = await shareAll(groupId, good, connection, context);
    const shared: SharedFile[] = [];
    let canonical: string | undefined;
    const results = [];
    for (const one of parsed) {
      const result = one instanceof ShoalError ? one : stored.shift();
      if (!result || result instanceof ShoalError) {
        results.push(refusal(result));
        continue;
      }
      const file = await viewFile(result, context.swarm);
      canonical = result.groupId;
      shared.push(file);
      results.push({ file });
    }
    if (canonical !== undefined)
      await tellMembers(canonical, context, { event: 'filesShared', payload: { groupId: canonical, files: shared } });
    return { files: results };
  },

  async stopShares({ groupId: named, fileNames }, connection, context) {
    const results = await stopAll(named, fileNames, connection, context);
    const ended = results.flatMap((one) => (one instanceof ShoalError ? [] : one));
    const files = ended
      .filter(({ fileGone }) => fileGone)
      .map(({ fileName, manifestId }) => ({ fileName, manifestId }));
    const [{ groupId } = { groupId: named }] = ended;
    if (files.length > 0) await tellMembers(groupId, context, { event: 'filesStopped', payload: { groupId, files } });
    return { files: results.map((one) => (one instanceof ShoalError ? refusal(one) : {})) };
  },

  async getManifests({ groupId, manifestIds }, connection, { store }) {
    const { userId } = connection.requireSession();
    const found = await store.readManifests(groupId, userId, manifestIds, MAX_ANSWERED_MANIFEST_BYTES);
    let left = MAX_ANSWERED_MANIFEST_BYTES;
    const manifests = manifestIds.map((id) => {
      const bytes = found.get(id);
      if (!bytes || bytes.length > left) return null;
      left -= bytes.length; // an id may be repeated
      return Buffer.from(bytes).toString('base64url');
    });
    return { manifests };
  },

  async locateFiles({ groupId, fileNames, exclude = [] }, connection, { store, swarm, slices }) {
    const { userId, deviceId } = connection.requireSession();
    const found = await store.findFiles(groupId, userId, fileNames);
    const except = new Set([...exclude, deviceId]);
    const sampled: Source[][] = [];
    for (const file of found) {
      const holding = file && { groupId: file.groupId, manifestId: file.manifestId };
      sampled.push(holding ? await swarm.sample(holding, MAX_BATCH_SOURCES, except) : []);
    }
    const { placed, devices } = placeSources(sampled);
    const files = [];
    for (const [index, file] of found.entries()) {
      await slices.pause(connection);
      if (file) files.push({ file: await viewFile(file, swarm), sources: placed[index] ?? [] });
      else files.push(refusal(fileNotFound(groupId, fileNames[index] ?? '')));
    }
    return { files, devices };
  },
};

function parseShare({ fileName, manifestId, manifest }: TrackerParams<'shareFiles'>['files'][number]): NewShare {
  const share = { fileName: parseNewFilePath(fileName), manifestId };
  if (manifest === undefined) return share;
  const bytes = Buffer.from(manifest, 'base64url');
  if (bytes.length > MAX_INLINE_MANIFEST_BYTES)
    throw new ShoalError('MANIFEST_INVALID', 'A manifest of that size is uploaded on its own.');
  const { id, sizeBytes } = decodeManifest(bytes);
  if (id !== manifestId)
    throw new ShoalError('MANIFEST_INVALID', 'The manifest describes other content: upload the right one.');
  return { ...share, manifest: { sizeBytes, bytes } };
}

function orRefusal<T>(make: () => T): T | ShoalError {
  try {
    return make();
  } catch (error) {
    if (error instanceof ShoalError) return error;
    throw error;
  }
}

/** Characters of one refusal in a batch, because it may contain long names. */
const MAX_REFUSAL_CHARACTERS = 400;

/** The answer for a refused item. Any other error fails the whole batch. */
function refusal(error: unknown): { code: string; message: string } {
  if (!(error instanceof ShoalError)) throw error;
  const { code, message } = error;
  const isLong = message.length > MAX_REFUSAL_CHARACTERS;
  return { code, message: isLong ? `${message.slice(0, MAX_REFUSAL_CHARACTERS - 1)}…` : message };
}
