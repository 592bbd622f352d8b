import {
  type MappedBy,
  type MapperNetwork,
  type MappingState,
  PortMapper,
  type PortMapperOptions,
} from '../../../../sdk/reach/portmap/index.js';
import type { Route } from '../../../../sdk/reach/portmap/router/router.js';
import { until } from '../../../support/until.js';
import { TestClock } from './test-clock.js';

export const LOOPBACK: Route = {
  gateway: '127.0.0.1',
  localAddress: '127.0.0.1',
  isNeighbour: (address) => address === '127.0.0.1',
};
export const INTERNAL_PORT = 24_816;
export const NONCE = Buffer.alloc(12, 7);

/** A port where nobody answers, as far as this scene matters: the discard port. */
const NOBODY = 9;

interface SceneOptions {
  readonly protocols?: readonly MappedBy[];
  /** The routers' UDP ports. */
  readonly mapping?: number;
  readonly ssdp?: { address: string; port: number };
  readonly nonce?: Uint8Array;
}

/** A mapper at routers on loopback, with a clock that is moved by hand. */
export class MapperScene {
  readonly clock = new TestClock();
  readonly states: MappingState[] = [];
  readonly log: string[] = [];
  /** The way to the router; a test changes it. */
  route: Route | Error = LOOPBACK;
  readonly mapper: PortMapper;

  constructor({ protocols = ['pcp', 'nat-pmp', 'upnp'], mapping = NOBODY, ssdp, nonce = NONCE }: SceneOptions) {
    const network: MapperNetwork = {
      findRoute: async () => {
        if (this.route instanceof Error) throw this.route;
        return this.route;
      },
      ports: { mapping, ssdp: ssdp ?? { address: '127.0.0.1', port: NOBODY } },
    };
    const options: PortMapperOptions = {
      onChange: (state) => void this.states.push(state),
      log: { debug: (message) => void this.log.push(message) },
      clock: this.clock,
      random: () => 0.5,
      protocols,
      nonce,
      network,
    };
    this.mapper = new PortMapper(options);
  }

  async mapped(port = INTERNAL_PORT): Promise<MappingState> {
    this.mapper.start(port);
    return this.next('mapped');
  }

  /** The state once it is of this kind, and a later one than at the call if `count` states were seen before. */
  async next(kind: MappingState['kind'], after = 0): Promise<MappingState> {
    await until(() => this.states.length > after && this.mapper.state.kind === kind);
    return this.mapper.state;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = this.mapper.close();
    let isClosed = false;
    void closed.then(() => {
      isClosed = true;
    });
    // A router that does not answer: its time passes.
    for (let turn = 0; turn < 20 && !isClosed; turn++) await new Promise((resolve) => setTimeout(resolve, 5));
    if (!isClosed) await this.clock.passOnceWaited(1500);
    await closed;
  }
}
