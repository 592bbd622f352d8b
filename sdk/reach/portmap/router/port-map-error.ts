/** Why there is no mapping. The strings are stable. */
export type MappingFault =
  /** Nobody asked for a mapping yet, or the mapper is closed. */
  | 'off'
  /** This computer has no router: it is offline, or its default route leads through a tunnel. */
  | 'no-router'
  /** This computer has a public address of its own. */
  | 'not-needed'
  /** The router answers none of the protocols. */
  | 'no-answer'
  /** The router refuses to map ports. */
  | 'refused'
  /** Other computers use all external ports that were tried. */
  | 'conflict'
  /** The router itself is behind another router, so its external address is not reachable from the Internet. */
  | 'double-nat'
  /** The router says that the port is mapped, but nobody reaches it from outside. */
  | 'dead'
  /** The router sent an answer that cannot be read, or that leads elsewhere. */
  | 'malformed';

/** A failed operation on a router. Its message is a sentence for the user. */
export class PortMapError extends Error {
  override readonly name = 'PortMapError';
  readonly fault: MappingFault;

  constructor(fault: MappingFault, message: string, options?: ErrorOptions) {
    super(message, options);
    this.fault = fault;
  }
}

/** What tells the user most comes first. */
const BY_WEIGHT: readonly MappingFault[] = ['double-nat', 'conflict', 'refused', 'malformed', 'no-answer'];

/** The failure that tells the user most. */
export function weightiest(errors: readonly PortMapError[]): PortMapError | undefined {
  const weight = ({ fault }: PortMapError) => (BY_WEIGHT.includes(fault) ? BY_WEIGHT.indexOf(fault) : BY_WEIGHT.length);
  return errors.toSorted((a, b) => weight(a) - weight(b))[0];
}
