import type { TlsIdentity } from '../../identity/index.js';
import { dialTls } from './dial-tls.js';
import { PeerListener } from './peer-listener.js';
import { TlsMeetings } from './tls-meetings.js';
import { AcceptedTlsStream, TlsStream } from './tls-stream.js';
import type {
  AcceptedStream,
  DialledReader,
  MeetingTransport,
  PeerEndpoint,
  PeerTransport,
  TransportListener,
} from './transport.js';

/** Streams over TLS 1.3. Each end presents its device key. */
export class TlsTransport implements PeerTransport {
  readonly meets: MeetingTransport;
  readonly #identity: TlsIdentity;
  #listener: PeerListener | undefined;

  constructor(identity: TlsIdentity) {
    this.#identity = identity;
    this.meets = new TlsMeetings(identity, () => this.#listener);
  }

  dial(peer: PeerEndpoint, reader: DialledReader): TlsStream {
    return new TlsStream(dialTls(this.#identity, peer, reader));
  }

  async listen(host: string, port: number, onPeer: (stream: AcceptedStream) => void): Promise<TransportListener> {
    const listener = new PeerListener(this.#identity, (socket, deviceId) => {
      onPeer(new AcceptedTlsStream(socket, deviceId, () => listener.admitted(socket)));
    });
    const address = await listener.listen(host, port);
    this.#listener = listener;
    return {
      host: address.address,
      port: address.port,
      disconnectAll: () => listener.disconnectAll(),
      close: () => listener.close(),
    };
  }
}
