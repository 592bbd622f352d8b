import type { SharedFile, TrackerEvent, TrackerEventName } from '@shoal/sdk/protocol';
import type { News } from '../swarm/swarm.js';
import { messageText } from './message-text.js';

/** Notices of the same kind can share a message: changes of sources, or files of one group. */
type Kind = 'sources' | 'shared' | 'stopped';

/** An event for clients. Its text is created once, however many receive it. */
export class Notice {
  readonly news: News;
  #text: string | undefined;

  constructor(news: News) {
    this.news = news;
  }

  get text(): string {
    this.#text ??= messageOf(this.news.event, this.news.payload);
    return this.#text;
  }

  /** The group of the event; undefined if it concerns none. */
  get groupId(): string | undefined {
    return 'groupId' in this.news.payload ? (this.news.payload.groupId ?? undefined) : undefined;
  }

  /** A later notice with the same subject replaces this one. */
  get subject(): string | undefined {
    const { event, payload } = this.news;
    if (event === 'sourceCame') return sourceKey(payload.groupId, payload.manifestId, payload.source.deviceId);
    if (event === 'sourceWent') return sourceKey(payload.groupId, payload.manifestId, payload.deviceId);
    if (event === 'fileShared') return `file\n${payload.groupId}\n${payload.file.fileName}`;
    if (event === 'fileStopped') return `file\n${payload.groupId}\n${payload.fileName}`;
    return undefined;
  }

  get kind(): Kind | undefined {
    const { event } = this.news;
    if (event === 'sourceCame' || event === 'sourceWent') return 'sources';
    return event === 'fileShared' ? 'shared' : event === 'fileStopped' ? 'stopped' : undefined;
  }
}

function sourceKey(groupId: string, manifestId: string, deviceId: string): string {
  return `source\n${groupId}\n${manifestId}\n${deviceId}`;
}

export function messageOf<E extends TrackerEventName>(method: E, params: TrackerEvent<E>): string {
  return messageText({ jsonrpc: '2.0', method, params });
}

/** Merges notices of one kind (and, for files, of one group) into one message. */
export function mergedMessage(kind: Kind, notices: readonly Notice[]): string {
  if (kind === 'sources') {
    const changes = notices.flatMap(({ news }) =>
      news.event === 'sourceCame' || news.event === 'sourceWent' ? [news.payload] : [],
    );
    return messageOf('sourcesChanged', { changes });
  }
  const groupId = notices[0]?.groupId ?? '';
  if (kind === 'shared') {
    const files = notices.flatMap(({ news }): SharedFile[] => (news.event === 'fileShared' ? [news.payload.file] : []));
    return messageOf('filesShared', { groupId, files });
  }
  const files = notices.flatMap(({ news }) => {
    if (news.event !== 'fileStopped') return [];
    const { fileName, manifestId } = news.payload;
    return [{ fileName, manifestId }];
  });
  return messageOf('filesStopped', { groupId, files });
}
