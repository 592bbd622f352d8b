import type { MappingFault, PortMapError } from './router/port-map-error.js';
import type { MappedBy } from './router/router.js';

/** Whether the router passes connections from outside on to this computer. */
export type MappingState =
  | {
      readonly kind: 'none';
      readonly fault: MappingFault;
      /** Why, as a sentence for the user. */
      readonly why: string;
    }
  /** The router is being searched and asked. */
  | { readonly kind: 'asking' }
  | {
      readonly kind: 'mapped';
      readonly by: MappedBy;
      /** The router's external IPv4 address, which is public. */
      readonly host: string;
      /** The TCP port there. It may differ from the internal port. */
      readonly port: number;
    };

export const OFF: MappingState = { kind: 'none', fault: 'off', why: 'No port is mapped on the router.' };
export const DEAD: MappingState = {
  kind: 'none',
  fault: 'dead',
  why: 'The router says that it has opened the port, but nobody gets through from outside, also after a second try: restart the router, or forward the port by hand.',
};

const SILENT: MappingState = {
  kind: 'none',
  fault: 'no-answer',
  why: 'The router opens no port by itself: turn on PCP, NAT-PMP or UPnP in its settings, or forward the port by hand.',
};

/** @param error the failure that tells the user most; undefined if nobody was asked */
export function noMapping(error: PortMapError | undefined): MappingState {
  if (!error || error.fault === 'no-answer') return SILENT;
  return { kind: 'none', fault: error.fault, why: error.message };
}

export function isSameState(a: MappingState, b: MappingState): boolean {
  if (a.kind === 'mapped') return b.kind === 'mapped' && a.by === b.by && a.host === b.host && a.port === b.port;
  if (a.kind === 'none') return b.kind === 'none' && a.fault === b.fault && a.why === b.why;
  return b.kind === a.kind;
}
