import type { TlsIdentity } from '../../identity/index.js';
import { encodePreamble, type Preamble } from '../../protocol/index.js';
import type { TrackerPlace } from '../network-messages.js';
import type { Cancel } from '../util/clock.js';
import { AdoptedTlsStream } from './adopted-stream.js';
import { LateStream } from './late-stream.js';
import type { PeerListener } from './peer-listener.js';
import { connectPlain } from './plain-socket.js';
import { ShownPort } from './shown-port.js';
import type { AwaitedStream, DialledReader, MeetingTransport, PeerStream, PunchPort, ServedCall } from './transport.js';

class AwaitedTlsStream extends LateStream implements AwaitedStream {
  named: (meeting: string) => void = () => {};
}

/** Meetings over TCP and TLS, at the port of the listener and at relays. */
export class TlsMeetings implements MeetingTransport {
  readonly #identity: TlsIdentity;
  readonly #listener: () => PeerListener | undefined;

  constructor(identity: TlsIdentity, listener: () => PeerListener | undefined) {
    this.#identity = identity;
    this.#listener = listener;
  }

  await(deviceId: string, reader: DialledReader): AwaitedStream {
    const listener = this.#listener();
    const wait = listener?.await((socket) => {
      const onConnected = () => {
        listener.admitted(socket);
        reader.onConnected();
      };
      const { nextRead, onRead, onClosed } = bound(reader);
      stream.arrived(
        new AdoptedTlsStream(socket, this.#identity, deviceId, { nextRead, onRead, onClosed, onConnected }),
      );
    });
    const stream = new AwaitedTlsStream(() => wait?.cancel());
    stream.named = (meeting) => wait?.named(meeting);
    return stream;
  }

  relay(place: TrackerPlace, deviceId: string, reader: DialledReader): PeerStream {
    const socket = connectPlain(place);
    const stream = new LateStream(() => socket.destroy());
    let reason: string | undefined;
    const onClose = () => reader.onClosed(reason);
    socket.on('error', (error) => (reason = error.message));
    socket.once('close', onClose);
    socket.once('connect', () => {
      socket.off('close', onClose); // the TLS socket reports it from now on
      socket.write(encodePreamble({ kind: 'relay', token: place.token, side: 'requester' }));
      stream.arrived(new AdoptedTlsStream(socket, this.#identity, deviceId, reader));
    });
    return stream;
  }

  show(place: TrackerPlace, side: Preamble['side'], onLost: (reason: string) => void): PunchPort {
    return new ShownPort({ identity: this.#identity, listener: this.#listener }, place, side, onLost);
  }

  serve(call: ServedCall): Cancel {
    const listener = this.#listener();
    if (listener) return listener.serve(call);
    call.onFailed('this device does not listen');
    return () => {};
  }
}

/** The methods of a reader, without their object. */
function bound(reader: DialledReader): Omit<DialledReader, 'onConnected'> {
  return {
    nextRead: () => reader.nextRead(),
    onRead: (count) => reader.onRead(count),
    onClosed: (reason) => reader.onClosed(reason),
  };
}
