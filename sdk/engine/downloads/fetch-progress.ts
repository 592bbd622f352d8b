import { rateOf } from '../fetching/sources-report.js';
import type { EngineEvent } from '../messages.js';
import type { DownloadFetch } from './download-fetch.js';

type ProgressEvent = EngineEvent & { type: 'downloadProgress' };

/** What a download tells the user of its pieces and sources. */
export function fetchProgress(
  fetch: DownloadFetch,
  nowMs: number,
): Pick<ProgressEvent, 'donePieces' | 'bytesPerSecond' | 'sources' | 'mayExpect' | 'isLimited'> {
  const sources = fetch.report(nowMs);
  const { plan, isLimited } = fetch;
  const [donePieces, mayExpect] = [plan?.verified.count ?? 0, plan?.mayExpect ?? false];
  return { donePieces, bytesPerSecond: rateOf(sources), sources, mayExpect, isLimited };
}
