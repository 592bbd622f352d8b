import { formatBytes, ShoalError } from '../../index.js';
import type { AnyDownload } from '../client.js';
import { type Answer, type CommandContext, defineCommand, stopped } from '../command.js';
import { fromHome, refuseMissingFolder } from '../paths.js';
import { KEPT_WORDS } from '../texts/changes-text.js';
import {
  allDownloads,
  describeDownload,
  isInFlight,
  nameOf,
  percentDone,
  sourceCells,
} from '../texts/download-text.js';
import { count } from '../texts/format.js';
import { DESTINATION, DOWNLOAD, FILE, FOLDER, GROUP } from './arguments.js';
import { canResume, findDownload, isUnfinished } from './find-download.js';
import { findVersioned } from './versioned-name.js';

export const DOWNLOAD_COMMANDS = [
  defineCommand({
    name: 'download_file',
    args: [GROUP, FILE, DESTINATION],
    switches: ['overwrite'],
    summary:
      'download a file, or version 3 of it as filename@3, into a folder or to a path, in the background; --overwrite' +
      ' replaces an existing file',
    async run({ group_id, filename, dest_path }, context, { overwrite }) {
      const destination = fromHome(dest_path);
      const isKnown = context.client.downloads().some(({ path }) => path === destination);
      if (!isKnown) await refuseMissingFolder(destination, dest_path, filename);
      const { fileName, version } = await findVersioned(context.client, group_id, filename, context.signal);
      const wish = { overwrite, ...(version !== undefined && { version }) };
      const download = context.client.downloadFile(group_id, fileName, destination, wish);
      if (download.state.name === 'queued') return { line: turnOf(download) };
      await begin(download, context);
      const size = formatBytes(download.progress.sizeBytes);
      const what = `${version === undefined ? '' : `version ${version} of `}${download.fileName}`;
      return { line: `downloading ${what} (${size}) from ${download.groupId} to ${download.path}` };
    },
  }),
  defineCommand({
    name: 'download_folder',
    args: [GROUP, FOLDER, DESTINATION],
    switches: ['overwrite', 'delete'],
    lists: { include: 'PATTERN', exclude: 'PATTERN' },
    summary:
      'download a shared folder into a folder or to a path, in the background; downloaded again, it gets what is new' +
      ' and what was deleted here, and files edited here stay; --overwrite replaces existing files; --delete deletes' +
      ' what the group removed; --include and --exclude choose files by patterns as in .gitignore',
    async run({ group_id, folder, dest_path }, context, { overwrite, delete: deletes, include, exclude }) {
      const patterns = { ...(include.length > 0 && { include }), ...(exclude.length > 0 && { exclude }) };
      const wish = { overwrite, ...(deletes && { delete: true }), ...patterns };
      const download = context.client.downloadFolder(group_id, folder, fromHome(dest_path), wish);
      if (download.state.name === 'queued') return { line: turnOf(download) };
      await begin(download, context);
      const { fileCount, sizeBytes } = download.progress;
      const what = `${count(fileCount, 'file')}, ${formatBytes(sizeBytes)}`;
      return { line: `downloading folder ${download.folder} (${what}) from ${download.groupId} to ${download.path}` };
    },
  }),
  defineCommand({
    name: 'show_downloads',
    args: [],
    summary: 'list the downloads: [Q] queued, [D] downloading, [C] complete, [P] paused, [F] failed',
    run(_words, { client }) {
      const downloads = allDownloads(client);
      return {
        line: count(downloads.length, 'download'),
        entries: downloads.map((download) => [describeDownload(download)]),
      };
    },
  }),
  defineCommand({
    name: 'show_sources',
    args: [GROUP, DOWNLOAD],
    summary: 'list the devices that a download comes from: how much from each, how fast, the way to it, and why',
    run({ group_id, filename }, { client }) {
      const download = findDownload(allDownloads(client), group_id, filename, () => true, 'in the list');
      const { sources } = download.progress;
      return { line: count(sources.length, 'source'), entries: sources.map(sourceCells) };
    },
  }),
  defineCommand({
    name: 'wait_downloads',
    args: [],
    summary: 'wait until all downloads have ended, or until --timeout',
    async run(_words, context) {
      await untilNoneInFlight(context);
      return countOutcomes(allDownloads(context.client));
    },
  }),
  defineCommand({
    name: 'show_kept',
    args: [],
    summary: 'list the files that folder downloads left alone: edited here, or removed from the group',
    run(_words, { client }) {
      const kept = client.folderDownloads().flatMap((download) => download.kept);
      const entries = kept.map(({ why, path, fileName }) => [KEPT_WORDS[why], path, fileName]);
      return { line: `${count(kept.length, 'file')} left alone`, entries };
    },
  }),
  defineCommand({
    name: 'pause_download',
    args: [GROUP, DOWNLOAD],
    summary: 'pause a download and keep its data',
    async run({ group_id, filename }, { client }) {
      const download = findDownload(allDownloads(client), group_id, filename, isInFlight, 'under way');
      await download.pause();
      return { line: `paused ${nameOf(download)} from ${download.groupId} at ${percentDone(download)}%` };
    },
  }),
  defineCommand({
    name: 'resume_download',
    args: [GROUP, DOWNLOAD],
    summary: 'resume a paused or failed download',
    async run({ group_id, filename }, context) {
      const download = findDownload(allDownloads(context.client), group_id, filename, canResume, 'paused or failed');
      download.resume();
      if (download.state.name === 'queued') return { line: turnOf(download) };
      await begin(download, context);
      return { line: `resumed ${nameOf(download)} from ${download.groupId} at ${percentDone(download)}%` };
    },
  }),
  defineCommand({
    name: 'cancel_download',
    args: [GROUP, DOWNLOAD],
    summary: 'cancel a download and remove its data',
    async run({ group_id, filename }, { client }) {
      const download = findDownload(allDownloads(client), group_id, filename, isUnfinished, 'unfinished');
      await download.cancel();
      const rest =
        'folder' in download ? 'complete files stay, partial files are removed' : 'its partial file is removed';
      return { line: `cancelled ${nameOf(download)} from ${download.groupId}; ${rest}` };
    },
  }),
  defineCommand({
    name: 'clear_downloads',
    args: [],
    summary: 'remove complete downloads from the list; their files stay, and stay shared',
    run(_words, { client }) {
      const complete = allDownloads(client).filter(({ state }) => state.name === 'complete').length;
      client.clearDownloads();
      return { line: `${count(complete, 'complete download')} removed from the list; the files stay, and stay shared` };
    },
  }),
];

function turnOf(download: AnyDownload): string {
  return `queued ${nameOf(download)} from ${download.groupId}: it starts when another download ends`;
}

/**
 * Waits until a download has started. If the user stops waiting, it pauses the download, so that the data of an earlier
 * run is kept.
 */
async function begin(download: AnyDownload, { signal, beginning }: CommandContext): Promise<void> {
  const pause = () => void download.pause();
  beginning.add(download);
  signal.addEventListener('abort', pause, { once: true });
  try {
    await download.started;
  } catch (error) {
    if (!signal.aborted || download.state.name !== 'paused') throw inTermsOfCommands(error);
    throw stopped(
      signal,
      `Stopped: ${nameOf(download)} is paused. Continue with resume_download, or end it with cancel_download.`,
    );
  } finally {
    signal.removeEventListener('abort', pause);
    beginning.delete(download);
  }
}

function inTermsOfCommands(error: unknown): unknown {
  if (!(error instanceof ShoalError) || error.code !== 'DESTINATION_EXISTS') return error;
  return new ShoalError(error.code, `${error.message} The same command with --overwrite replaces the file.`, {
    cause: error,
  });
}

/** Resolves when no download is in flight. Paused and ended ones do not count. */
function untilNoneInFlight({ client, signal }: CommandContext): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (end: () => void) => {
      client.off('downloadChanged', onChanged);
      client.off('folderChanged', onChanged);
      clearImmediate(nextLook);
      signal.removeEventListener('abort', stop);
      end();
    };
    const look = () => {
      nextLook = undefined;
      if (!allDownloads(client).some(isInFlight)) settle(resolve);
    };
    // Many states change at once: check all of them once.
    let nextLook: NodeJS.Immediate | undefined;
    const onChanged = () => {
      nextLook ??= setImmediate(look);
    };
    const stop = () => {
      const left = count(allDownloads(client).filter(isInFlight).length, 'download');
      settle(() => reject(stopped(signal, `Stopped waiting: ${left} still running.`)));
    };
    client.on('downloadChanged', onChanged);
    client.on('folderChanged', onChanged);
    signal.addEventListener('abort', stop);
    if (signal.aborted) stop();
    else look();
  });
}

/** `2 complete, 0 failed`, and the number of paused ones if there are any. */
function countOutcomes(downloads: readonly AnyDownload[]): Answer {
  const inState = (name: AnyDownload['state']['name']) =>
    downloads.filter((download) => download.state.name === name).length;
  const [failed, paused] = [inState('failed'), inState('paused')];
  return {
    line: `${inState('complete')} complete, ${failed} failed${paused > 0 ? `, ${paused} paused` : ''}`,
    failed: failed > 0,
  };
}
