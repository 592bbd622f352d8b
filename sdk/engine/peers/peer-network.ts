import type { EngineEvent } from '../messages.js';
import type { NetworkCommand } from '../network-messages.js';
import type { PieceBuffers } from '../storage/disk-workers/piece-buffers.js';
import type { AcceptedStream, PeerTransport, TransportListener } from '../transport/transport.js';
import type { Clock } from '../util/clock.js';
import { AnsweredCalls } from '../ways/answered-calls.js';
import { isOnLink } from '../ways/dial-findings.js';
import { dialRules } from '../ways/dial-rules.js';
import { DownloadConnections } from './download-connections.js';

export interface PeerNetworkContext {
  readonly clock: Clock;
  readonly buffers: PieceBuffers;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Whether peers may have loopback addresses. */
  isLoopback(): boolean;
  /** IP addresses of this computer. Default: those of its network interfaces. */
  ownHosts?(): readonly string[];
  /** The ticket of a group; undefined while there is none. */
  ticketFor(groupId: string): string | undefined;
  emit(event: EngineEvent): void;
}

/** The connections of a device with its peers, in both directions. */
export class PeerNetwork {
  readonly #context: PeerNetworkContext;
  #links: DownloadConnections | undefined;
  #calls: AnsweredCalls | undefined;
  #listener: TransportListener | undefined;

  constructor(context: PeerNetworkContext) {
    this.#context = context;
  }

  /** The connections that files are fetched on; undefined before `start`. */
  get links(): DownloadConnections | undefined {
    return this.#links;
  }

  /** Listens for peers. Rejects with the system's error if the address is not available. */
  async start(
    transport: PeerTransport,
    host: string,
    port: number,
    onPeer: (stream: AcceptedStream) => void,
  ): Promise<{ readonly host: string; readonly port: number }> {
    const { clock, random, buffers, isLoopback, ownHosts, ticketFor, emit } = this.#context;
    const rules = dialRules({ isLoopback, ownPort: () => this.#listener?.port, ...(ownHosts && { ownHosts }) });
    const links = new DownloadConnections({
      ...{ transport, clock, random, buffers, rules, ticketFor },
      ask: (request, wish) => emit({ type: 'meetWanted', request, ...wish }),
      findings: {
        platform: process.platform,
        isOnLink: (address) => isOnLink(address),
        onChanged: (blocked) => emit({ type: 'dialsBlocked', ...blocked }),
      },
    });
    this.#links = links;
    this.#calls = new AnsweredCalls({
      ...{ clock, rules, guard: links.dialler.guard, punches: links.punches, transport: transport.meets },
      connect: () => links.connect,
      log: (message) => emit({ type: 'log', level: 'debug', message }),
    });
    this.#listener = await transport.listen(host, port, onPeer);
    return { host: this.#listener.host, port: this.#listener.port };
  }

  handle(command: NetworkCommand): void {
    switch (command.type) {
      case 'ways':
        this.#links?.setWays(command.connect);
        break;
      case 'networkChanged':
        this.#links?.networkChanged(this.#context.clock.nowMs());
        break;
      case 'meeting':
        this.#links?.meetings.arranged(command.request, command.meeting, command.relay ?? command.observer);
        break;
      case 'noMeeting':
        this.#links?.meetings.refused(command.request, command.code, command.message);
        break;
      case 'called':
        this.#calls?.answer(command);
        break;
      case 'meetGo':
        this.#links?.punches.go(command.meeting, command.address, command.afterMs);
    }
  }

  /** Ends every connection, but continues to listen. */
  disconnectAll(): void {
    this.#listener?.disconnectAll();
    this.#calls?.close();
    this.#links?.destroyAll();
  }

  /** Stops listening. */
  close(): void {
    this.#listener?.close();
  }
}
