import assert from 'node:assert/strict';
import { EventEmitter } from 'eventemitter3';
import type { ShoalEvents } from '../../../sdk/client/api/events.js';
import type { SignedIn } from '../../../sdk/client/signed-in.js';
import type { TrackerLink } from '../../../sdk/client/tracker/tracker-link.js';
import { listenToTracker } from '../../../sdk/client/tracker-events.js';
import { SILENT } from '../../../sdk/client/util/logger.js';

describe("a tracker's event about its keys", () => {
  it('gives whoever is signed in the keys that count from now on', () => {
    const link = new EventEmitter();
    const trusted: unknown[] = [];
    let signedIn: SignedIn | undefined;
    listenToTracker(link as unknown as TrackerLink, {
      logger: SILENT,
      events: new EventEmitter<ShoalEvents>(),
      signedIn: () => signedIn,
      endSession: async () => {},
    });
    const ticketKeys = [{ kty: 'EC', crv: 'P-256', x: 'x', y: 'y', kid: 'k' }];
    link.emit('ticketKeys', { ticketKeys });
    signedIn = { trustKeys: (keys: unknown) => trusted.push(keys) } as unknown as SignedIn;
    link.emit('ticketKeys', { ticketKeys });
    assert.deepEqual(trusted, [ticketKeys]);
  });
});
