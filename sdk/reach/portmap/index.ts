export type { MapperClock } from './clock.js';
export type { MappingState } from './mapping-state.js';
export { NONCE_BYTES } from './pcp.js';
export { type MappingFault, PortMapError } from './port-map-error.js';
export { PortMapper } from './port-mapper.js';
export type { MapperNetwork, PortMapperOptions } from './port-mapper-options.js';
export type { MappedBy } from './router.js';
