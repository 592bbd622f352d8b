export type { MappingState } from './mapping-state.js';
export { NONCE_BYTES } from './pcp/pcp.js';
export { PortMapper } from './port-mapper.js';
export type { MapperNetwork, PortMapperOptions } from './port-mapper-options.js';
export type { MapperClock } from './router/clock.js';
export { type MappingFault, PortMapError } from './router/port-map-error.js';
export type { MappedBy } from './router/router.js';
