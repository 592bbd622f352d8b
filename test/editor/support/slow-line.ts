import { FaultProxy, NO_FAULTS } from '../../support/fault-proxy.js';

/** A relay in front of a peer that lets through so many bytes a second from it, so that a download can be watched. */
export class SlowLine {
  readonly #proxy: FaultProxy;

  private constructor(proxy: FaultProxy) {
    this.#proxy = proxy;
  }

  static async open(bytesPerSecond: number): Promise<SlowLine> {
    return new SlowLine(await FaultProxy.open({ bytesPerSecond }));
  }

  /** Bytes a second from the peer; may be changed while something flows. */
  get bytesPerSecond(): number {
    return this.#proxy.faults.bytesPerSecond;
  }

  set bytesPerSecond(bytesPerSecond: number) {
    this.#proxy.faults = { ...NO_FAULTS, bytesPerSecond };
  }

  /** What others are to dial. */
  get endpoint(): { host: string; port: number } {
    return this.#proxy.endpoint;
  }

  /** Where the peer listens. */
  leadTo(port: number): void {
    this.#proxy.leadTo(port);
  }

  close(): Promise<void> {
    return this.#proxy.close();
  }
}
