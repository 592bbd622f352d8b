import type { TcpSocketConnectOpts } from 'node:net';
import { type ConnectionOptions, connect } from 'node:tls';
import type { TlsIdentity } from '../../identity/index.js';
import { PeerListener } from './peer-listener.js';
import { peerDeviceId, peerTlsOptions } from './peer-tls.js';
import { TlsMeetings } from './tls-meetings.js';
import { AcceptedTlsStream, onceClosed, TlsStream } from './tls-stream.js';
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

  dial({ deviceId, host, port }: PeerEndpoint, reader: DialledReader): TlsStream {
    const options: ConnectionOptions & Pick<TcpSocketConnectOpts, 'onread'> = {
      ...peerTlsOptions(this.#identity),
      host,
      port,
      onread: { buffer: () => reader.nextRead(), callback: (count) => reader.onRead(count) },
    };
    const socket = connect(options);
    onceClosed(socket, (reason) => reader.onClosed(reason));
    socket.once('secureConnect', () => {
      if (peerDeviceId(socket) === deviceId) reader.onConnected();
      else socket.destroy(new Error('another device answers at that address'));
    });
    return new TlsStream(socket);
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
