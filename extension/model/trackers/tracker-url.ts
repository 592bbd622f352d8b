import { type Endpoint, formatEndpoint, parseTrackerUrls, type TrackerLocation } from '@shoal/sdk/protocol';

/** The default port of trackers. */
export const DEFAULT_TRACKER_PORT = 6970;

/** `wss://host:port`, with more nodes of the tracker after commas, and with `#` and the fingerprint if known. */
export function trackerUrl({ host, port, fingerprint }: TrackerLocation, more: readonly Endpoint[] = []): string {
  const places = [{ host, port }, ...more].map((one) => formatEndpoint(one.host, one.port));
  return `wss://${places.join(',')}${fingerprint ? `#${fingerprint}` : ''}`;
}

/** `host:port` of the first node, as people know a tracker. */
export function trackerName(url: string): string {
  return url.replace(/^wss:\/\//, '').replace(/[#/,].*$/, '');
}

/** The fingerprint in the address of a tracker. @throws ShoalError `TRACKER_INVALID` */
export function fingerprintOf(url: string): string | undefined {
  return parseTrackerUrls(url)[0].fingerprint;
}
