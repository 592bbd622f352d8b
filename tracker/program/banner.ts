import { networkInterfaces } from 'node:os';
import { addressFault, formatEndpoint } from '@shoal/sdk/protocol';
import type { Tracker } from '../tracker.js';

/** The text at the start: the address of the tracker, and what to give to others. */
export function welcome({ host, port, fingerprint }: Tracker): string {
  const reachable = host === '0.0.0.0' || host === '::' ? (outsideAddress() ?? '127.0.0.1') : host;
  return [
    `shoal-tracker listens at wss://${formatEndpoint(host, port)}`,
    `fingerprint: ${fingerprint}`,
    'give this line to others, for their tracker_info.txt:',
    `${reachable} ${port} ${fingerprint}`,
    'or this address:',
    `wss://${formatEndpoint(reachable, port)}#${fingerprint}`,
    '',
  ].join('\n');
}

/** The warning if the tracker's own line in a tracker_info file names another fingerprint. */
export function namesAnother({ fingerprint }: Tracker): string {
  return (
    `this tracker's line in tracker_info.txt has another fingerprint than ${fingerprint}, its own: clients with that line ` +
    'refuse it. Correct the line, or start the tracker with the data folder that has the other key'
  );
}

/** An address at which other computers may reach this one. */
function outsideAddress(): string | undefined {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  const outside = addresses.filter(({ address, internal }) => !internal && addressFault(address, false) === undefined);
  return (outside.find(({ family }) => family === 'IPv4') ?? outside[0])?.address;
}
