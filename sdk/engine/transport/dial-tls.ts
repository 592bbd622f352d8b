import type { TcpSocketConnectOpts } from 'node:net';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import type { TlsIdentity } from '../../identity/index.js';
import { peerDeviceId, peerTlsOptions } from './peer-tls.js';
import { onceClosed } from './tls-stream.js';
import type { DialledReader, PeerEndpoint } from './transport.js';

/** The own end of a connection. */
export type OwnEnd = Pick<TcpSocketConnectOpts, 'localAddress' | 'localPort'>;

/**
 * Dials a device, and reads from it into the reader's memory, without a copy. The reader is connected once the device has proved its id.
 * @param from default: any port
 */
export function dialTls(
  identity: TlsIdentity,
  { deviceId, host, port }: PeerEndpoint,
  reader: DialledReader,
  from: OwnEnd = {},
): TLSSocket {
  const options: ConnectionOptions & Pick<TcpSocketConnectOpts, 'onread'> & OwnEnd = {
    ...peerTlsOptions(identity),
    ...{ host, port, ...from },
    onread: { buffer: () => reader.nextRead(), callback: (count) => reader.onRead(count) },
  };
  const socket = connect(options);
  onceClosed(socket, (reason) => reader.onClosed(reason));
  socket.once('secureConnect', () => {
    if (peerDeviceId(socket) === deviceId) reader.onConnected();
    else socket.destroy(new Error('another device answers at that address'));
  });
  return socket;
}
