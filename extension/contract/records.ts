import type { Download, DownloadResult, FolderDownload, Reach, Share, UnavailableShare } from '@shoal/sdk';
import { formatEndpoint } from '@shoal/sdk/protocol';
import type { DownloadRecord, FolderRecord, ShareRecord } from './contract.js';
import type { ReachRecord, UnavailableRecord } from './records-schema.js';

/** The record of a download for the local socket. */
export function recordOf(download: Download, result?: DownloadResult, awaited = false): DownloadRecord {
  const { id, groupId, fileName, path, state, progress } = download;
  const { doneBytes, sizeBytes, donePieces, pieceCount, bytesPerSecond, reusedBytes, etaMs, sources } = progress;
  const error = state.name === 'failed' ? { code: state.error.code, message: state.error.message } : null;
  return {
    ...{ id, groupId, fileName, path, state: state.name, error },
    ...{ doneBytes, sizeBytes, donePieces, pieceCount, bytesPerSecond, reusedBytes, etaMs: etaMs ?? null },
    sources: [...sources],
    ...turnOf(download),
    result: result ? { manifestId: result.manifestId, fileDigest: result.fileDigest } : null,
    awaited,
  };
}

/** Numbers of files in the lists of a folder download. */
export interface ListLengths {
  readonly failures: number;
  readonly kept: number;
}

/** The record of a folder download for the local socket. @param known what was sent before */
export function folderRecordOf(
  download: FolderDownload,
  known: ListLengths = { failures: 0, kept: 0 },
  awaited = false,
): FolderRecord {
  const { id, groupId, folder, path, state, progress, failures, kept } = download;
  const { sources, etaMs, ...figures } = progress;
  return {
    ...{ id, groupId, folder, path, state: state.name },
    error: state.name === 'failed' ? { code: state.error.code, message: state.error.message } : null,
    ...{ ...figures, etaMs: etaMs ?? null, sources: [...sources] },
    ...turnOf(download),
    sequential: download.sequential,
    awaited,
    changes: { ...download.changes },
    ...(failures.length !== known.failures && { failures: failures.map((failure) => ({ ...failure })) }),
    ...(kept.length !== known.kept && { kept: kept.map((file) => ({ ...file })) }),
  };
}

function turnOf({ priority, limitBytesPerSecond, queuePosition }: Download | FolderDownload) {
  return { priority, limitBytesPerSecond: limitBytesPerSecond ?? null, queuePosition: queuePosition ?? null };
}

/** The differences between two lists of shares. */
export function compareShares(
  before: ReadonlyMap<string, Share>,
  now: readonly Share[],
): { changed: ShareRecord[]; removed: { groupId: string; fileName: string }[] } {
  const changed: ShareRecord[] = [];
  const present = new Set<string>();
  for (const share of now) {
    const key = shareKey(share);
    present.add(key);
    const known = before.get(key);
    if (known?.manifestId !== share.manifestId || known.path !== share.path || !isSameState(known, share))
      changed.push({ ...share });
  }
  const removed = [...before].filter(([key]) => !present.has(key));
  return { changed, removed: removed.map(([, { groupId, fileName }]) => ({ groupId, fileName })) };
}

function isSameState({ state: one }: Share, { state: other }: Share): boolean {
  return one.name === other.name && one.sinceMs === other.sinceMs && one.why === other.why;
}

/** The key of a share; group names contain no slash. */
export function shareKey({ groupId, fileName }: { readonly groupId: string; readonly fileName: string }): string {
  return `${fileName}/${groupId}`;
}

export function unavailableRecord({ error, ...share }: UnavailableShare): UnavailableRecord {
  return { ...share, problem: { code: error.code, message: error.message } };
}

/** What a window shows of the reach of this computer. */
export function reachRecord({ situation, sentence, openAt, mapping, noMapping, isRelayed }: Reach): ReachRecord {
  const isOpened = openAt !== undefined && mapping?.host === openAt.host && mapping.port === openAt.port;
  return {
    ...{ situation, sentence, isRelayed },
    address: openAt ? formatEndpoint(openAt.host, openAt.port) : null,
    openedBy: isOpened ? mapping.by : null,
    noMapping: noMapping?.reason ?? null,
  };
}
