import type { ConnectMode, Engine } from '../../engine/index.js';
import { type DeviceProof, ShoalError } from '../../protocol/index.js';
import { hasAddress, isGlobalAddress, type NetworkChange, NetworkWatch, type WatchClock } from '../../reach/index.js';
import type { NoMapping, Reach } from '../api/reach.js';
import { reachFault } from '../tracker/reach.js';
import type { Caller } from '../tracker/tracker-calls.js';
import type { TrackerLink } from '../tracker/tracker-link.js';
import { type Online, offers } from '../tracker/tracker-meeting.js';
import type { Logger } from '../util/logger.js';
import { Announcement } from './announcement.js';
import { whyNotAsked } from './mapping-rules.js';
import { Meetings } from './meetings.js';
import type { OwnAddresses } from './own-addresses.js';
import { PortMapping, type PortMappingContext } from './port-mapping.js';
import { openAddress, type ReachFacts, situationOf } from './situation.js';

/** What of a signed-in user matters here. */
interface Member extends Caller {
  isMember(groupId: string): boolean;
}

export interface ReachContext extends Pick<PortMappingContext, 'makeMapper' | 'nonce'> {
  readonly link: Pick<TrackerLink, 'online' | 'on' | 'networkChanged' | 'checkIfQuiet'>;
  readonly engine: Pick<Engine, 'send' | 'on'>;
  readonly own: OwnAddresses;
  readonly logger: Logger;
  readonly connect: ConnectMode;
  /** Whether the router may be asked to open a port. */
  readonly portMapping: boolean;
  /** The session of the signed-in user; undefined if nobody is signed in. */
  readonly session: () => Member | undefined;
  readonly onChanged: (reach: Reach) => void;
  readonly clock?: WatchClock;
}

/**
 * How others reach this device, and how it reaches them: it announces addresses, arranges meetings, follows the computer into other networks,
 * and says what others need.
 */
export class ClientReach {
  readonly #context: ReachContext;
  readonly #announcement: Announcement;
  readonly #watch: NetworkWatch;
  readonly #portMapping: PortMapping;
  #connect: ConnectMode;
  #isMappingOn: boolean;
  /** Whether the tracker of the latest sign-in is on this computer. */
  #isTrackerHere = true;
  /** What of the dials of this device is blocked on this side. */
  #blocked = { outgoing: false, ownNetwork: false };
  /** Whether the tracker was away since the last sign-in. */
  #wasLost = false;
  #shown = '';

  constructor(context: ReachContext) {
    const { link, engine, own, logger, session, clock } = context;
    this.#context = context;
    this.#connect = context.connect;
    this.#isMappingOn = context.portMapping;
    const shared = { logger, connect: () => this.#connect, online: () => link.online };
    const call: Caller['call'] = async (method, params, signal) => {
      const member = session();
      if (!member) throw new ShoalError('NOT_LOGGED_IN', 'Nobody is signed in any more.');
      return member.call(method, params, signal);
    };
    this.#announcement = new Announcement({ ...shared, own, call, onChanged: () => this.#onAnnounced(), after });
    const { makeMapper, nonce } = context;
    const { port } = own.listening;
    this.#portMapping = new PortMapping({ makeMapper, nonce, logger, port, onChanged: () => this.#onMapping() });
    const meetings = new Meetings({
      ...shared,
      call,
      isMember: (groupId) => session()?.isMember(groupId) ?? false,
      send: (command) => engine.send(command),
      nowMs: () => performance.now(),
    });
    engine.on('meetWanted', (wanted) => void meetings.wanted(wanted)); // it never rejects
    engine.on('dialsBlocked', ({ outgoing, ownNetwork }) => {
      this.#blocked = { outgoing, ownNetwork };
      this.review();
    });
    link.on('meet', (event) => meetings.called(event));
    link.on('meetGo', (event) => meetings.go(event));
    link.on('reach', (event) => this.#announcement.onFound(event));
    link.on('lost', () => {
      this.#wasLost = true;
      this.#announcement.signedOut();
    });
    for (const event of ['uploads', 'downloadProgress', 'folderProgress'] as const)
      engine.on(event, () => link.checkIfQuiet());
    engine.send({ type: 'ways', connect: this.#connect });
    this.#watch = new NetworkWatch({
      interfaces: () => own.interfaces(),
      onChange: (change) => this.#onNetwork(change),
      ...(clock && { clock }),
    });
    this.#resolveName();
  }

  /** The places that a sign-in announces. */
  places(online: Online): Pick<DeviceProof, 'endpoint' | 'addresses'> {
    return this.#announcement.places(online);
  }

  /** The tracker has accepted a sign-in with these places. */
  signedIn(device: DeviceProof): void {
    this.#isTrackerHere = this.#context.link.online?.isLoopback ?? true;
    this.#announcement.signedIn(device);
    if (this.#wasLost) this.#context.engine.send({ type: 'networkChanged' }); // perhaps not the tracker was away, but the network
    this.#wasLost = false;
    this.#reviewMapping();
  }

  signedOut(): void {
    this.#announcement.signedOut();
    this.#reviewMapping();
  }

  get connect(): ConnectMode {
    return this.#connect;
  }

  setConnect(connect: ConnectMode): void {
    this.#connect = connect;
    this.#context.engine.send({ type: 'ways', connect });
    this.#announcement.review();
    this.#reviewMapping();
  }

  setPortMapping(isOn: boolean): void {
    this.#isMappingOn = isOn;
    this.#reviewMapping();
  }

  /** Where others reach this device now. */
  describe(): Reach {
    const { link, own } = this.#context;
    const { online } = link;
    const addresses = this.#announcement.addresses();
    const facts: ReachFacts = {
      isSignedIn: online !== undefined && this.#announcement.isSignedIn,
      fault: online && reachFault(own.listening, own.advertised, online),
      trackerAt: online ? whereIs(online) : 'internet',
      isChecked: online !== undefined && offers(online, 'reach'),
      hasMeetings: online !== undefined && offers(online, 'meetings'),
      hasRelay: online !== undefined && offers(online, 'relay'),
      connect: this.#connect,
      addresses,
      mapping: own.mapping,
      blocked: this.#blocked,
    };
    return {
      listenAddress: own.listening,
      addresses,
      openAt: openAddress(addresses),
      mapping: own.mapping,
      noMapping: own.mapping ? undefined : (this.#whyNotAsked() ?? this.#portMapping.noMapping),
      connect: this.#connect,
      isRelayed: facts.hasRelay && this.#connect !== 'direct',
      ...situationOf(facts),
    };
  }

  /** Tells the application if anything has changed. */
  review(): void {
    const reach = this.describe();
    const shown = JSON.stringify(reach);
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.#context.onChanged(reach);
  }

  /** Ends at once, except for the deletion of a mapping, which takes a bounded time. */
  async close(): Promise<void> {
    this.#watch.close();
    this.#announcement.close();
    await this.#portMapping.close();
  }

  #whyNotAsked(): NoMapping | undefined {
    const { own, session } = this.#context;
    return whyNotAsked({
      isOn: this.#isMappingOn,
      connect: this.#connect,
      isSignedIn: session() !== undefined,
      isTrackerHere: this.#isTrackerHere,
      listening: own.listening,
      advertised: own.advertised,
    });
  }

  #reviewMapping(): void {
    this.#portMapping.want(this.#whyNotAsked() === undefined);
    this.review();
  }

  #onAnnounced(): void {
    this.#judgeMapping();
    this.review();
  }

  #onMapping(): void {
    this.#context.own.mapping = this.#portMapping.mapping;
    this.#announcement.review();
    this.review();
  }

  /** A tracker in the network of this device is inside the router: that it does not get through there says nothing. */
  #judgeMapping(): void {
    const { link, own } = this.#context;
    if (!own.mapping || !link.online) return;
    const { host, port } = own.mapping;
    const place = { host, port, kind: 'mapped' } as const;
    const verdict = this.#announcement.verdictAt(place);
    if (verdict === 'open') this.#portMapping.tried(true);
    const isDead = verdict === 'other' || (verdict === 'closed' && whereIs(link.online) === 'internet');
    if (!isDead) return;
    this.#announcement.forget(place);
    this.#portMapping.tried(false);
  }

  #onNetwork(change: NetworkChange): void {
    const { link, engine, own, logger } = this.#context;
    logger.info(change === 'changed' ? 'This computer has other addresses.' : 'This computer woke up.');
    engine.send({ type: 'networkChanged' });
    const interfaces = own.interfaces();
    link.networkChanged((address) => hasAddress(interfaces, address));
    this.#resolveName();
    this.#portMapping.networkChanged();
    this.#announcement.review();
    this.review();
  }

  #resolveName(): void {
    const { own, logger } = this.#context;
    own.resolveName().then(
      () => {
        this.#announcement.review();
        this.review();
      },
      (error: unknown) => logger.warn(`The advertised name has no address: ${ShoalError.from(error).message}`),
    );
  }
}

function whereIs({ isLoopback, remoteAddress }: Online): ReachFacts['trackerAt'] {
  if (isLoopback) return 'here';
  return isGlobalAddress(remoteAddress) ? 'internet' : 'network';
}

function after(ms: number, act: () => void): () => void {
  const timer = setTimeout(act, ms).unref();
  return () => clearTimeout(timer);
}
