import { formatEndpoint, type TrackerLocation } from '@shoal/sdk/protocol';

/** The default port of trackers. */
export const DEFAULT_TRACKER_PORT = 6970;

/** `wss://host:port`, with `#` and the fingerprint if known. */
export function trackerUrl({ host, port, fingerprint }: TrackerLocation): string {
  return `wss://${formatEndpoint(host, port)}${fingerprint ? `#${fingerprint}` : ''}`;
}

/** `host:port`, as people know a tracker. */
export function trackerName(url: string): string {
  return url.replace(/^wss:\/\//, '').replace(/[#/].*$/, '');
}
