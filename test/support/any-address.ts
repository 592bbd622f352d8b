import type { DialRules } from '../../sdk/engine/ways/dial-rules.js';

/** Dials every address, and resolves no name. */
export const ANY_ADDRESS: DialRules = { resolve: (host) => Promise.resolve([host]), mayDial: () => true };
