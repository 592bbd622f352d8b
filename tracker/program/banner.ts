import { networkInterfaces } from 'node:os';
import { addressFault, formatEndpoint, parseEndpoint } from '@shoal/sdk/protocol';
import type { Tracker } from '../tracker.js';

/** The text at the start: the address of the tracker, and what to give to others. @param announce where clients dial it, if it tells them */
export function welcome({ host, port, fingerprint }: Tracker, announce?: string): string {
  const isAny = host === '0.0.0.0' || host === '::';
  const shown =
    announce === undefined ? { host: isAny ? (outsideAddress() ?? '127.0.0.1') : host, port } : parseEndpoint(announce);
  return [
    `shoal-tracker listens at wss://${formatEndpoint(host, port)}`,
    `fingerprint: ${fingerprint}`,
    'give this line to others, for their tracker_info.txt:',
    `${shown.host} ${shown.port} ${fingerprint}`,
    'or this address:',
    `wss://${formatEndpoint(shown.host, shown.port)}#${fingerprint}`,
    '',
  ].join('\n');
}

/** The warning if the tracker's own line in a tracker_info file names another fingerprint. */
export function namesAnother({ fingerprint }: Tracker): string {
  return (
    `this tracker's line in tracker_info.txt has another fingerprint than ${fingerprint}, its own: clients with that line ` +
    'refuse it. Correct the line, or start the tracker with the folder or the database that has the other key'
  );
}

/** What to log if trackers may share their accounts or who is online, and not both. */
export function halfShared(parts: {
  store: boolean;
  swarm: boolean;
}): { level: 'info' | 'warn'; text: string } | undefined {
  if (parts.store === parts.swarm) return undefined;
  if (parts.store) {
    const text =
      'no --swarm: if other trackers use this database, too, clients at them and here do not see who is online, and miss events';
    return { level: 'info', text };
  }
  const text =
    'a --swarm without --store: other trackers have other accounts and another key, so that this one shares nothing with them there. ' +
    'Give all nodes of a tracker one --store';
  return { level: 'warn', text };
}

/** An address at which other computers may reach this one. */
function outsideAddress(): string | undefined {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  const outside = addresses.filter(({ address, internal }) => !internal && addressFault(address, false) === undefined);
  return (outside.find(({ family }) => family === 'IPv4') ?? outside[0])?.address;
}
