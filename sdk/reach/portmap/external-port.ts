import { createHash } from 'node:crypto';

/** Ports that no service has by convention, and from which no system dials. */
const LOWEST = 20_000;
const HIGHEST = 32_767;

/** How many ports are tried while other computers hold those before. */
export const EXTERNAL_PORT_TRIES = 5;

/**
 * The external ports to ask for, one after the other: the one that was granted last, the internal one, then ports that depend on this
 * computer only. A restart asks for the same ones again, so that routers without leases do not collect entries.
 */
export function externalPorts(internalPort: number, localAddress: string, last: number | undefined): number[] {
  const others = Array.from({ length: EXTERNAL_PORT_TRIES }, (_none, index) => {
    const digest = createHash('sha256').update(`${localAddress} ${internalPort} ${index}`).digest();
    return LOWEST + (digest.readUInt32BE(0) % (HIGHEST - LOWEST + 1));
  });
  const ports = last === undefined ? [internalPort, ...others] : [last, internalPort, ...others];
  return [...new Set(ports)].slice(0, EXTERNAL_PORT_TRIES);
}
