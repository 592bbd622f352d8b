import type { Endpoint, Preamble } from '../../protocol/index.js';
import type { TrackerPlace } from '../network-messages.js';
import { LateStream } from '../transport/late-stream.js';
import type { DialledReader, MeetingTransport, PeerStream, ServedPeer } from '../transport/transport.js';
import type { Cancel } from '../util/clock.js';
import { Punch, type PunchContext, type PunchOrder } from './punch.js';

/** A meeting at which both devices dial one another at the same time. */
export interface PunchMeeting {
  readonly meeting: string;
  /** Where the tracker looks at the address of a connection. */
  readonly place: TrackerPlace;
  /** The other device, and its user. */
  readonly deviceId: string;
  readonly userId: string;
}

export interface PunchesContext extends PunchContext {
  /** Undefined if the transport has no meetings. */
  readonly transport: MeetingTransport | undefined;
}

/** The meetings of this device at which both ends dial at the same time. */
export class Punches {
  readonly #context: PunchesContext;
  readonly #underWay = new Map<string, Punch>();
  #works = true;

  constructor(context: PunchesContext) {
    this.#context = context;
  }

  /** Whether this system lets a port have two connections; until one was tried, it counts as able. */
  get works(): boolean {
    return this.#works && this.#context.transport !== undefined;
  }

  /** Opens a stream to a device that has pieces. */
  read(order: PunchMeeting, reader: DialledReader): PeerStream {
    const stream = new LateStream(() => punch?.close());
    const own: DialledReader = {
      nextRead: () => reader.nextRead(),
      onRead: (count) => reader.onRead(count),
      onClosed: (reason) => {
        punch?.lost();
        reader.onClosed(reason);
      },
      onConnected: () => {
        punch?.proved();
        reader.onConnected();
      },
    };
    const punch = this.#begin(
      order,
      'requester',
      (reason) => reader.onClosed(reason),
      (port, address, attempt) => {
        const dialled = port.dial({ ...address, deviceId: order.deviceId }, own, {
          ...attempt,
          onOpen: () => {
            attempt.onOpen();
            stream.arrived(dialled);
          },
        });
        return () => dialled.destroy();
      },
    );
    return stream;
  }

  /** Serves a device that asked for the meeting. Returns a function that gives up before `onServed`. */
  serve(order: PunchMeeting, { onServed, onFailed }: Pick<ServedPeer, 'onServed' | 'onFailed'>): Cancel {
    const punch = this.#begin(order, 'source', onFailed, (port, address, attempt) => {
      const peer: ServedPeer = {
        deviceId: order.deviceId,
        onServed: () => {
          punch?.proved();
          onServed();
        },
        onFailed: (reason) => {
          punch?.lost();
          onFailed(reason);
        },
      };
      return port.serve(address, peer, attempt);
    });
    return () => punch?.close();
  }

  /** The tracker has seen both devices of a meeting. */
  go(meeting: string, address: Endpoint, afterMs: number): void {
    this.#underWay.get(meeting)?.go(address, afterMs);
  }

  #begin(
    { meeting, place, userId }: PunchMeeting,
    side: Preamble['side'],
    onFailed: (reason: string) => void,
    dial: PunchOrder['dial'],
  ): Punch | undefined {
    const { transport, clock } = this.#context;
    if (!transport || !this.#works || this.#underWay.has(meeting)) {
      clock.after(0, () => onFailed('this system does not let a port have two connections'));
      return undefined;
    }
    const punch = new Punch(this.#context, {
      ...{ userId, onFailed },
      show: (onLost) => transport.show(place, side, onLost),
      dial: (port, address, attempt) =>
        dial(port, address, {
          ...attempt,
          onFailed: (reason, kind) => {
            if (kind === 'unable') this.#works = false;
            attempt.onFailed(reason, kind);
          },
        }),
      onOver: () => this.#underWay.delete(meeting),
    });
    this.#underWay.set(meeting, punch);
    return punch;
  }
}
