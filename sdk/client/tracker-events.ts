import type { EventEmitter } from 'eventemitter3';
import type { ShoalEvents } from './api/events.js';
import type { SignedIn } from './signed-in.js';
import { MissedEvents } from './tracker/missed-events.js';
import type { TrackerLink } from './tracker/tracker-link.js';
import { inBackground } from './util/background.js';
import type { Logger } from './util/logger.js';

interface TrackerContext {
  readonly logger: Logger;
  readonly events: EventEmitter<ShoalEvents>;
  signedIn(): SignedIn | undefined;
  endSession(reason: 'replaced' | 'expired'): Promise<void>;
}

/**
 * Dispatches the tracker's events to the application, and to the components of the session that is current when they
 * arrive.
 */
export function listenToTracker(link: TrackerLink, { logger, events, signedIn, endSession }: TrackerContext): void {
  const missed = new MissedEvents(async (groups) => signedIn()?.refresh(groups));
  link.on('lost', (error) => {
    signedIn()?.transfers.trackerLost();
    events.emit('disconnected', { error });
  });
  link.on('away', (error) => events.emit('disconnected', { error }));
  link.on('joinRequested', (event) => events.emit('joinRequested', event));
  link.on('fileShared', (event) => events.emit('fileShared', event));
  link.on('fileStopped', (event) => events.emit('fileStopped', event));
  link.on('filesShared', (event) => events.emit('filesShared', event));
  link.on('filesStopped', (event) => events.emit('filesStopped', event));
  link.on('fileUpdated', (event) => {
    signedIn()?.shares.onNewVersions(event.groupId, [event.file]);
    events.emit('fileUpdated', event);
  });
  link.on('filesUpdated', (event) => {
    signedIn()?.shares.onNewVersions(event.groupId, event.files);
    events.emit('filesUpdated', event);
  });
  link.on('groupChanged', (event) => events.emit('groupChanged', event));
  link.on('filesRemoved', (event) => {
    const { groupId, files, removedBy } = event;
    const fileNames = files.map(({ fileName }) => fileName);
    inBackground(signedIn()?.dropFiles(groupId, fileNames, removedBy), logger);
    events.emit('filesRemoved', event);
  });
  link.on('sourceCame', (event) => signedIn()?.downloads.onSourceCame(event));
  link.on('sourceWent', (event) => signedIn()?.downloads.onSourceWent(event));
  link.on('sourcesChanged', ({ changes }) => {
    for (const change of changes) {
      if ('source' in change) signedIn()?.downloads.onSourceCame(change);
      else signedIn()?.downloads.onSourceWent(change);
    }
  });
  link.on('missed', ({ groupId }) => inBackground(missed.add(groupId), logger));
  link.on('ticketKeys', ({ ticketKeys }) => signedIn()?.trustKeys(ticketKeys));
  link.on('sessionEnded', ({ reason }) => inBackground(endSession(reason), logger));
  link.on('membershipChanged', (event) => {
    const current = signedIn();
    const lostGroup = current?.session.onMembershipChanged(event) ?? false;
    if (lostGroup) inBackground(current?.dropGroup(event.groupId), logger);
    else current?.transfers.tickets.renew(event.groupId);
    events.emit('membershipChanged', event);
  });
}
