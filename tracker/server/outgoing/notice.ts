import { OPTIONAL_EVENTS, type SharedFile, type TrackerEvent, type TrackerEventName } from '@shoal/sdk/protocol';
import type { News } from '../../swarm/swarm.js';
import { messageText } from './message-text.js';

/** Notices of the same kind can share a message: changes of sources, or files of one group. */
type Kind = 'sources' | 'shared' | 'updated' | 'stopped';

const OPTIONAL: ReadonlySet<string> = new Set(OPTIONAL_EVENTS);

/** What a client understands beyond 0.1, as its `hello` says. */
export type Accepts = ReadonlySet<string>;

/** An event for clients. Its text is created once, however many receive it. */
export class Notice {
  readonly news: News;
  #text: string | undefined;
  #plain: Notice | null | undefined;

  constructor(news: News) {
    this.news = news;
  }

  /** The event as a client understands it; undefined if nothing in it is of use to the client. */
  as(accepts: Accepts): Notice | undefined {
    if (!OPTIONAL.has(this.news.event) || accepts.has(this.news.event)) return this;
    this.#plain ??= plainNotice(this.news);
    return this.#plain ?? undefined;
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
    // Apart from `fileShared`, which must not take its place: it says no word of a new version.
    if (event === 'fileUpdated') return `updated\n${payload.groupId}\n${payload.file.fileName}`;
    if (event === 'fileStopped') return `file\n${payload.groupId}\n${payload.fileName}`;
    return undefined;
  }

  get kind(): Kind | undefined {
    const { event } = this.news;
    if (event === 'sourceCame' || event === 'sourceWent') return 'sources';
    if (event === 'fileUpdated') return 'updated';
    return event === 'fileShared' ? 'shared' : event === 'fileStopped' ? 'stopped' : undefined;
  }
}

/** An event in the terms of version 0.1. */
function plainNotice({ event, payload }: News): Notice | null {
  if (event === 'fileUpdated') return new Notice({ event: 'fileShared', payload });
  if (event === 'filesUpdated') return new Notice({ event: 'filesShared', payload });
  if (event !== 'filesRemoved') return null;
  const { groupId, files } = payload;
  return new Notice({ event: 'filesStopped', payload: { groupId, files } });
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
  if (kind === 'shared' || kind === 'updated') {
    const files = notices.flatMap(({ news }): SharedFile[] => ('file' in news.payload ? [news.payload.file] : []));
    return messageOf(kind === 'shared' ? 'filesShared' : 'filesUpdated', { groupId, files });
  }
  const files = notices.flatMap(({ news }) => {
    if (news.event !== 'fileStopped') return [];
    const { fileName, manifestId } = news.payload;
    return [{ fileName, manifestId }];
  });
  return messageOf('filesStopped', { groupId, files });
}
