import {
  MAX_ANSWERED_MANIFEST_BYTES,
  MAX_BATCH_SOURCES,
  type SharedFile,
  ShoalError,
  type Source,
} from '@shoal/sdk/protocol';
import { sourcesFor } from '../reach/source-view.js';
import { fileNotFound } from '../store/file-errors.js';
import { orRefusal, parseShare, placeResults } from './batch-items.js';
import type { Handlers } from './context.js';
import { shareAll, stopAll } from './file-methods.js';
import { type FileOrRefusal, fitting, refusal, tellFiles, viewFile } from './file-views.js';
import { tellMembers } from './members.js';
import { placeSources } from './placed-sources.js';

type BatchMethods = Pick<Handlers, 'shareFiles' | 'stopShares' | 'getManifests' | 'locateFiles'>;

/** Methods for many files at once, such as those of a folder. */
export const batchMethods: BatchMethods = {
  async shareFiles({ groupId, files }, connection, context) {
    const parsed = files.map((file) => orRefusal(() => parseShare(file)));
    const good = parsed.flatMap((one) => (one instanceof ShoalError ? [] : [one]));
    const stored = await shareAll(groupId, good, connection, context);
    const shared: SharedFile[] = [];
    let canonical = groupId;
    const results: FileOrRefusal[] = [];
    const { swarm } = context;
    const viewed = await Promise.all(
      placeResults(parsed, stored).map(async (one) => {
        if (one instanceof ShoalError) return one;
        canonical = one.file.groupId;
        const file = await viewFile(one.file, swarm);
        return { newest: one.newest === one.file ? file : await viewFile(one.newest, swarm), file };
      }),
    );
    for (const one of viewed) {
      if (one instanceof ShoalError) {
        results.push(refusal(one));
        continue;
      }
      shared.push(one.newest);
      results.push({ file: one.file });
    }
    await tellFiles('filesShared', canonical, shared, context);
    return { files: fitting(results) };
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

  async locateFiles({ groupId, fileNames, exclude = [] }, connection, { store, swarm, slices, sites }) {
    const { userId, deviceId } = connection.requireSession();
    const found = await store.findFiles(groupId, userId, fileNames);
    const except = new Set([...exclude, deviceId]);
    const sampled = await Promise.all(
      found.map(async (file): Promise<Source[]> => {
        if (!file) return [];
        const { groupId: canonical, manifestId } = file;
        const known = await swarm.sample({ groupId: canonical, manifestId }, MAX_BATCH_SOURCES, except);
        return sourcesFor(known, connection.viewer, sites);
      }),
    );
    const viewed = await Promise.all(found.map(async (file) => file && viewFile(file, swarm)));
    const { placed, devices } = placeSources(sampled);
    const views: FileOrRefusal[] = [];
    for (const [index, file] of viewed.entries()) {
      await slices.pause(connection);
      if (file) views.push({ file });
      else views.push(refusal(fileNotFound(groupId, fileNames[index] ?? '')));
    }
    const files = fitting(views).map((view, index) =>
      'file' in view ? { ...view, sources: placed[index] ?? [] } : view,
    );
    return { files, devices };
  },
};
