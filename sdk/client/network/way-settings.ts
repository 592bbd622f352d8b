import { ShoalError } from '../../protocol/index.js';
import type { ShoalClientOptions } from '../api/options.js';
import { type ConnectMode, checkConnect } from '../api/reach.js';
import type { ClientReach } from './client-reach.js';

/** Which ways to others the user wants, before a client opens and while it is open. */
export class WaySettings {
  #connect: ConnectMode;
  #portMapping: boolean;
  #reach: ClientReach | undefined;

  /** @throws ShoalError `INVALID_ARGUMENT` */
  constructor({ connect = 'auto', portMapping = true }: Pick<ShoalClientOptions, 'connect' | 'portMapping'>) {
    this.#connect = checkConnect(connect);
    this.#portMapping = checkSwitch(portMapping);
  }

  get connect(): ConnectMode {
    return this.#connect;
  }

  get portMapping(): boolean {
    return this.#portMapping;
  }

  /** An open client follows these settings from now on. */
  applyTo(reach: ClientReach): void {
    this.#reach = reach;
  }

  /** @throws ShoalError `INVALID_ARGUMENT` */
  setConnect(connect: ConnectMode): void {
    this.#connect = checkConnect(connect);
    this.#reach?.setConnect(connect);
  }

  /** @throws ShoalError `INVALID_ARGUMENT` */
  setPortMapping(isOn: boolean): void {
    this.#portMapping = checkSwitch(isOn);
    this.#reach?.setPortMapping(isOn);
  }
}

function checkSwitch(isOn: boolean): boolean {
  if (typeof isOn === 'boolean') return isOn;
  throw new ShoalError('INVALID_ARGUMENT', `portMapping is ${JSON.stringify(isOn)}: give true or false.`);
}
