import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';

export const EXTERNAL = '21.0.0.1';

/** An entry in the table of a router. */
export interface TableEntry {
  client: string;
  port: number;
  leaseSeconds: number;
  nonce?: string;
}

/** A router that speaks PCP and NAT-PMP on a UDP port of the loopback interface, with one table for both. */
export class UdpRouter {
  /** By external port. */
  readonly table = new Map<number, TableEntry>();
  /** What was asked, in order. */
  readonly asked: string[] = [];
  external = EXTERNAL;
  epochSeconds = 5000;
  /** What it grants at most. */
  mostSeconds = 7200;
  /** A result code instead of an answer to a mapping. */
  refusal = 0;
  /** Sends an answer; a test may send another one. */
  answer: (packet: Buffer, to: RemoteInfo) => void = (packet, to) => this.send(packet, to);
  readonly #socket: Socket;

  private constructor(
    socket: Socket,
    readonly speaks: { pcp: boolean; natPmp: boolean },
  ) {
    this.#socket = socket;
    socket.on('message', (packet, from) => this.#receive(packet, from));
  }

  static async open(speaks: { pcp: boolean; natPmp: boolean }): Promise<UdpRouter> {
    return new UdpRouter(await boundSocket(), { ...speaks });
  }

  get port(): number {
    return this.#socket.address().port;
  }

  send(packet: Buffer, to: RemoteInfo): void {
    this.#socket.send(packet, to.port, to.address);
  }

  [Symbol.dispose](): void {
    this.#socket.close();
  }

  #receive(packet: Buffer, from: RemoteInfo): void {
    const version = packet.readUInt8(0);
    const operation = packet.readUInt8(1);
    if (version === 2 && this.speaks.pcp) this.answer(this.#pcp(packet, operation), from);
    else if (version === 2 && this.speaks.natPmp) this.answer(this.#natPmpHead(8, operation, 1), from);
    else if (version === 0 && this.speaks.natPmp) this.answer(this.#natPmp(packet, operation), from);
  }

  #pcp(packet: Buffer, operation: number): Buffer {
    const answer = Buffer.alloc(operation === 0 ? 24 : 60);
    packet.copy(answer, 24, 24);
    answer.set([2, 0x80 + operation, 0, 0]);
    answer.writeUInt32BE(this.epochSeconds, 8);
    if (operation === 0) {
      this.asked.push('pcp announce');
      return answer;
    }
    const client = packet.subarray(20, 24).join('.');
    const nonce = packet.toString('hex', 24, 36);
    const [seconds, internal, wanted] = [packet.readUInt32BE(4), packet.readUInt16BE(40), packet.readUInt16BE(42)];
    this.asked.push(`pcp map ${internal} ${wanted} ${seconds}`);
    if (packet.readUInt8(36) !== 6) throw new Error('a mapping of no TCP port');
    const old = [...this.table].find(([, entry]) => entry.port === internal && entry.client === client);
    const result = this.refusal || (old?.[1].nonce !== undefined && old[1].nonce !== nonce ? 2 : 0);
    answer.writeUInt8(result, 3);
    if (result !== 0) return answer;
    const port = old?.[0] ?? this.#freePort(wanted);
    answer.writeUInt32BE(this.#write(port, { client, port: internal, leaseSeconds: seconds, nonce }), 4);
    answer.writeUInt16BE(port, 42);
    answer.fill(0, 44, 54).fill(0xff, 54, 56).set(this.external.split('.').map(Number), 56);
    return answer;
  }

  #natPmp(packet: Buffer, operation: number): Buffer {
    if (operation === 0) {
      this.asked.push('nat-pmp address');
      const answer = this.#natPmpHead(12, operation, 0);
      answer.set(this.external.split('.').map(Number), 8);
      return answer;
    }
    const [internal, wanted, seconds] = [packet.readUInt16BE(4), packet.readUInt16BE(6), packet.readUInt32BE(8)];
    this.asked.push(`nat-pmp map ${internal} ${wanted} ${seconds}`);
    if (this.refusal !== 0) return this.#natPmpHead(16, operation, this.refusal);
    const old = [...this.table].find(([, entry]) => entry.port === internal);
    const port = old?.[0] ?? this.#freePort(wanted);
    const answer = this.#natPmpHead(16, operation, 0);
    answer.writeUInt16BE(internal, 8);
    answer.writeUInt16BE(seconds === 0 ? 0 : port, 10);
    answer.writeUInt32BE(this.#write(port, { client: '127.0.0.1', port: internal, leaseSeconds: seconds }), 12);
    return answer;
  }

  #natPmpHead(length: number, operation: number, result: number): Buffer {
    const answer = Buffer.alloc(length);
    answer.writeUInt8(128 + operation, 1);
    answer.writeUInt16BE(result, 2);
    answer.writeUInt32BE(this.epochSeconds, 4);
    return answer;
  }

  #freePort(wanted: number): number {
    let port = wanted;
    while (this.table.has(port)) port++;
    return port;
  }

  #write(port: number, entry: TableEntry): number {
    const leaseSeconds = Math.min(entry.leaseSeconds, this.mostSeconds);
    if (leaseSeconds === 0) this.table.delete(port);
    else this.table.set(port, { ...entry, leaseSeconds });
    return leaseSeconds;
  }
}

export async function boundSocket(address = '127.0.0.1'): Promise<Socket> {
  const socket = createSocket('udp4');
  socket.bind(0, address);
  await once(socket, 'listening');
  return socket;
}
