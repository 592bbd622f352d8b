import assert from 'node:assert/strict';
import type { MappingFault } from '../../../../sdk/reach/portmap/index.js';
import { until } from '../../../support/until.js';
import { INTERNAL_PORT, MapperScene } from './mapper-scene.js';
import type { UpnpRouter } from './upnp-router.js';

/** A mapper that knows UPnP only. */
export function upnpScene(router: UpnpRouter): MapperScene {
  return new MapperScene({ protocols: ['upnp'], ssdp: router.ssdp });
}

/** Time for an answer by HTTP, and for a search. */
export const ANSWER_MS = 3000;

/** Starts at a router that gives no usable answer, lets the search end, and returns the fault. */
export async function faultAt(router: UpnpRouter, { isSilent = false } = {}): Promise<MappingFault> {
  await using mapping = upnpScene(router);
  const before = router.requests;
  mapping.mapper.start(INTERNAL_PORT);
  await until(() => router.requests > before);
  if (!isSilent) await until(() => mapping.clock.waits.filter((ms) => ms === ANSWER_MS).length === 1); // the search's
  await mapping.clock.passOnceWaited(ANSWER_MS);
  const state = await mapping.next('none');
  assert.ok(state.kind === 'none');
  return state.fault;
}
