import { ShoalError } from '../../protocol/index.js';
import type { MappedBy, MappingFault, MappingState, PortMapper, PortMapperOptions } from '../../reach/portmap/index.js';
import type { NoMapping, NoMappingReason, ReachMapping } from '../api/reach.js';
import { untilEnded } from '../util/abort.js';
import type { Logger } from '../util/logger.js';

/** What maps a port on the router. */
export type Mapper = Pick<PortMapper, 'start' | 'networkChanged' | 'failed' | 'confirmed' | 'close'>;
export type MakeMapper = (options: Pick<PortMapperOptions, 'onChange' | 'log' | 'nonce'>) => Mapper;

/** Time to delete a mapping when the client closes. A router that does not answer delays the end no longer. */
const CLOSE_WAIT_MS = 3000;

const ASKING: NoMapping = { reason: 'asking', why: 'The router is being asked to open a port.' };

/** `off`: the mapper has not begun. */
const REASONS: Readonly<Record<MappingFault, NoMappingReason>> = {
  off: 'asking',
  'no-router': 'noRouter',
  'not-needed': 'notNeeded',
  'no-answer': 'noAnswer',
  refused: 'refused',
  conflict: 'conflict',
  'double-nat': 'doubleNat',
  dead: 'dead',
  malformed: 'malformed',
};

const NAMES: Readonly<Record<MappedBy, string>> = { pcp: 'PCP', 'nat-pmp': 'NAT-PMP', upnp: 'UPnP' };

export interface PortMappingContext {
  readonly makeMapper: MakeMapper;
  /** The bytes by which the router recognises this device. */
  readonly nonce: () => Promise<Uint8Array>;
  readonly logger: Logger;
  /** The port at which pieces are served. */
  readonly port: number;
  readonly onChanged: () => void;
}

/** Lets the router open a port for this device while that is wanted: one mapper at a time, the next after the former one has deleted its mapping. */
export class PortMapping {
  readonly #context: PortMappingContext;
  #isWanted = false;
  #isClosed = false;
  #mapper: Mapper | undefined;
  #state: MappingState | undefined;
  /** The changes of mappers, one after the other; it never rejects. */
  #turn: Promise<void> = Promise.resolve();

  constructor(context: PortMappingContext) {
    this.#context = context;
  }

  /** What the router forwards; undefined if it forwards nothing. */
  get mapping(): ReachMapping | undefined {
    if (this.#state?.kind !== 'mapped') return undefined;
    const { host, port, by } = this.#state;
    return { host, port, by: NAMES[by] };
  }

  /** Why the router forwards nothing, as far as it was asked. */
  get noMapping(): NoMapping | undefined {
    if (this.#state?.kind === 'mapped') return undefined;
    if (this.#state?.kind !== 'none') return ASKING;
    return { reason: REASONS[this.#state.fault], why: this.#state.why };
  }

  want(isWanted: boolean): void {
    if (isWanted === this.#isWanted || this.#isClosed) return;
    this.#isWanted = isWanted;
    this.#follow();
  }

  networkChanged(): void {
    this.#mapper?.networkChanged();
  }

  /** The mapping was tried from outside. */
  tried(isOpen: boolean): void {
    if (isOpen) this.#mapper?.confirmed();
    else this.#mapper?.failed();
  }

  /** Deletes the mapping, and ends. It takes a bounded time. */
  async close(): Promise<void> {
    this.#isWanted = false;
    this.#isClosed = true;
    this.#follow();
    await untilEnded([this.#turn], CLOSE_WAIT_MS);
  }

  #follow(): void {
    const former = this.#mapper;
    this.#mapper = undefined;
    this.#state = undefined;
    this.#turn = this.#turn.then(() => former?.close()).then(() => this.#start());
    this.#turn = this.#turn.catch((error: unknown) => {
      this.#context.logger.warn(`No port is opened on the router: ${ShoalError.from(error).message}`);
    });
    if (former && !this.#isClosed) this.#context.onChanged();
  }

  async #start(): Promise<void> {
    if (!this.#isWanted || this.#mapper) return;
    const { makeMapper, nonce, logger, port } = this.#context;
    const bytes = await nonce();
    if (!this.#isWanted || this.#mapper) return;
    const mapper: Mapper = makeMapper({
      nonce: bytes,
      log: logger,
      onChange: (state) => this.#mapper === mapper && this.#onState(state),
    });
    this.#mapper = mapper;
    mapper.start(port);
  }

  #onState(state: MappingState): void {
    const { logger, onChanged } = this.#context;
    this.#state = state;
    const { mapping, noMapping } = this;
    if (mapping) logger.info(`The router passes ${mapping.host}:${mapping.port} on to this computer (${mapping.by}).`);
    else if (state.kind === 'none' && noMapping) logger.info(noMapping.why);
    onChanged();
  }
}
