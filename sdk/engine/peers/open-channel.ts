import type { ChannelHandler } from './channel-handler.js';
import type { DownloadSession } from './download-session.js';

/** A channel of a connection, on whatever stream. */
export interface OpenChannel {
  readonly handler: ChannelHandler;
  /** The session that carries new requests; undefined before the first one. */
  home: DownloadSession | undefined;
}

/** Opens a channel on a new stream. An old one carries it until the new one knows what the peer has. */
export function moveChannel(number: number, channel: OpenChannel, session: DownloadSession): void {
  const known = channel.home?.piecesOf(number);
  if (!known) {
    channel.home?.close(number);
    channel.home = session;
  }
  session.open(number, channel.handler, known);
}
