import type { Source } from '../../protocol/index.js';
import type { ConnectMode } from '../network-messages.js';
import type { PeerTransport } from '../transport/transport.js';
import { DialFindings, type DialFindingsContext } from '../ways/dial-findings.js';
import { Dialler, type DiallerContext } from '../ways/dialler.js';
import { Meetings, type MeetingWish } from '../ways/meetings.js';
import { Punches } from '../ways/punches.js';
import { RouteSearch } from '../ways/route-search.js';
import { DownloadConnection, type DownloadConnectionContext } from './download-connection.js';

type DownloadConnectionsContext = Pick<DownloadConnectionContext, 'clock' | 'buffers' | 'ticketFor'> &
  Omit<DiallerContext, 'transport' | 'report'> & {
    readonly transport: PeerTransport;
    /** Asks the tracker for a meeting; an answer to `meetings` must follow. */
    ask(request: number, wish: MeetingWish): void;
    /** Where to say what blocks dials. Default: nowhere. */
    readonly findings?: DialFindingsContext;
  };

/** The connections to the peers that files are fetched from, one per device. */
export class DownloadConnections {
  readonly dialler: Dialler;
  readonly meetings: Meetings;
  readonly punches: Punches;
  readonly #context: DownloadConnectionsContext;
  readonly #findings: DialFindings | undefined;
  readonly #links = new Map<string, DownloadConnection>();
  #connect: ConnectMode = 'auto';

  constructor(context: DownloadConnectionsContext) {
    this.#context = context;
    this.#findings = context.findings && new DialFindings(context.findings);
    this.dialler = new Dialler({
      ...context,
      report: (report) => this.#findings?.report(report, context.clock.nowMs()),
    });
    this.meetings = new Meetings(context.clock, context.random, context.ask);
    const { clock, random, rules, transport } = context;
    this.punches = new Punches({ clock, random, rules, guard: this.dialler.guard, transport: transport.meets });
  }

  /** The ways that the user allows. */
  get connect(): ConnectMode {
    return this.#connect;
  }

  /** The connection to a device. A new one looks for a way at once. @param groupId a group of both devices */
  link(source: Source, groupId: string): DownloadConnection {
    const known = this.#links.get(source.deviceId);
    if (known) {
      known.source = source;
      known.groupId = groupId;
      return known;
    }
    const { clock, buffers, transport } = this.#context;
    const { dialler, meetings, punches } = this;
    const link = new DownloadConnection(source, groupId, {
      ...{ clock, buffers },
      ticketFor: (group) => this.#context.ticketFor(group),
      connect: () => this.#connect,
      search: (order, callbacks) => {
        const context = { clock, dialler, meetings, punches, transport: transport.meets };
        return new RouteSearch(order, context, callbacks);
      },
      onEnd: (ended) => {
        if (this.#links.get(source.deviceId) === ended) this.#links.delete(source.deviceId);
      },
    });
    this.#links.set(source.deviceId, link);
    return link;
  }

  /** The tracker announced a peer, for the first time or again. */
  announced(source: Source): void {
    this.dialler.announced(source);
    this.meetings.announced(source.deviceId);
    this.#links.get(source.deviceId)?.announced(source, this.#context.clock.nowMs());
  }

  showTicket(groupId: string): void {
    for (const link of this.#links.values()) link.showTicket(groupId);
  }

  /** The user allows other ways than before. */
  setWays(connect: ConnectMode): void {
    if (connect === this.#connect) return;
    this.#connect = connect;
    for (const link of [...this.#links.values()]) link.waysChanged();
  }

  /** The computer is in another network: earlier failures tell nothing any more. */
  networkChanged(nowMs: number): void {
    this.dialler.guard.forgetFailures();
    this.meetings.forgetFailures();
    this.#findings?.networkChanged(nowMs);
    for (const link of this.#links.values()) link.networkChanged(nowMs);
  }

  /** Dials the peers that may be dialled now; called several times a second. */
  tick(nowMs: number): void {
    this.dialler.tick(nowMs);
  }

  /** Keeps connections alive, and forgets old failures; called about every second. */
  review(nowMs: number): void {
    for (const link of [...this.#links.values()]) link.tick(nowMs);
    this.dialler.review(nowMs);
    this.#findings?.review(nowMs);
  }

  destroyAll(): void {
    for (const link of [...this.#links.values()]) link.destroy();
  }
}
