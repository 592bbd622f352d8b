import type { FuzzTarget } from '../target.js';
import { answersTarget } from './answers.js';
import { bitfieldTarget, journalTarget, manifestTarget } from './binary.js';
import {
  deviceKeyTarget,
  folderLockTarget,
  knownNodesTarget,
  knownTrackersTarget,
  libraryJournalTarget,
  libraryTarget,
  trackerAddressTarget,
} from './disk-files.js';
import { framesTarget } from './frames.js';
import { manifestPutTarget } from './manifest-put.js';
import { nodeEventsTarget } from './node-events.js';
import { requestsTarget } from './requests.js';
import { routerPacketsTarget, routerTextsTarget } from './routers.js';
import { proofsTarget, ticketsTarget } from './tickets.js';

/** Every decoder of what comes from a wire or a disk. */
export const TARGETS: Readonly<Record<string, { what: string; open(): FuzzTarget | Promise<FuzzTarget> }>> = {
  frames: { what: 'frames between peers, read by both sides', open: framesTarget },
  bitfield: { what: 'piece maps', open: bitfieldTarget },
  manifest: { what: 'manifests', open: manifestTarget },
  'manifest-put': { what: 'manifests uploaded to the tracker by HTTP', open: manifestPutTarget },
  requests: { what: "a client's messages, read and answered by the tracker", open: requestsTarget },
  answers: { what: "a tracker's answers and events, read by a client", open: answersTarget },
  'node-events': { what: 'events and devices that a node of a tracker reads from Redis', open: nodeEventsTarget },
  tickets: { what: 'group tickets, admitted by a serving peer', open: ticketsTarget },
  proofs: { what: "a device's proof of its key, read by the tracker", open: proofsTarget },
  journal: { what: "a partial file's journal", open: journalTarget },
  library: { what: 'library.json', open: libraryTarget },
  'library-journal': { what: 'library.journal', open: libraryJournalTarget },
  'known-trackers': { what: 'known-trackers.json', open: knownTrackersTarget },
  'known-nodes': { what: 'known-nodes.json', open: knownNodesTarget },
  'device-key': { what: "device.json and the tracker's keys", open: deviceKeyTarget },
  'folder-lock': { what: 'the lock of a data folder', open: folderLockTarget },
  'router-packets': { what: 'answers of a router by PCP and NAT-PMP', open: routerPacketsTarget },
  'router-texts': { what: 'answers of a router by UPnP', open: routerTextsTarget },
  'tracker-address': { what: 'tracker_info.txt and addresses', open: trackerAddressTarget },
};
