import { isIPv4 } from 'node:net';

/** The packets of the Port Control Protocol (RFC 6887): ANNOUNCE, and MAP for TCP. Numbers are big endian. */

export const NONCE_BYTES = 12;

export const PCP_SUCCESS = 0;
export const PCP_UNSUPPORTED_VERSION = 1;
export const PCP_UNSUPPORTED_OPCODE = 4;
/** The request came from another address than it names. */
export const PCP_ADDRESS_MISMATCH = 12;

const VERSION = 2;
const ANNOUNCE = 0;
const MAP = 1;
const RESPONSE_BIT = 0x80;
const TCP = 6;
const HEADER_BYTES = 24;
const MAP_BYTES = 60;

/** What the result codes of RFC 6887, section 7.4, mean, as words that follow "the router says: ". */
const RESULTS: Readonly<Record<number, string>> = {
  2: 'not authorized',
  3: 'malformed request',
  4: 'unsupported operation',
  7: 'its own network fails',
  8: 'no resources',
  9: 'unsupported protocol',
  10: 'too many mappings',
  11: 'no external port',
  13: 'too many remote peers',
};

/** A result code as words. */
export function pcpResultText(result: number): string {
  return `${RESULTS[result] ?? 'refused'} (PCP ${result})`;
}

export interface PcpMapRequest {
  /** This computer's address. */
  readonly client: string;
  readonly nonce: Uint8Array;
  /** 0 deletes the mapping. */
  readonly lifetimeSeconds: number;
  readonly internalPort: number;
  readonly externalPort: number;
}

/** An answer to either request. */
export interface PcpAnswer {
  readonly result: number;
  readonly epochSeconds: number;
}

/** An answer to a MAP request. */
export interface PcpMapAnswer extends PcpAnswer {
  readonly nonce: Buffer;
  readonly lifetimeSeconds: number;
  readonly internalPort: number;
  readonly externalPort: number;
  /** IPv4 in four numbers, or IPv6. */
  readonly externalAddress: string;
}

export function encodePcpAnnounce(client: string): Buffer {
  return header(HEADER_BYTES, ANNOUNCE, 0, client);
}

export function encodePcpMap(request: PcpMapRequest): Buffer {
  const bytes = header(MAP_BYTES, MAP, request.lifetimeSeconds, request.client);
  bytes.set(request.nonce.subarray(0, NONCE_BYTES), 24);
  bytes.writeUInt8(TCP, 36);
  bytes.writeUInt16BE(request.internalPort, 40);
  bytes.writeUInt16BE(request.externalPort, 42);
  writeAddress(bytes, 44, '0.0.0.0'); // any external address, of the same family
  return bytes;
}

/**
 * Reads an answer to ANNOUNCE; undefined if the packet is none. Routers that do not know this version of PCP answer with another version,
 * NAT-PMP routers with version 0: the result is `PCP_UNSUPPORTED_VERSION` then.
 */
export function decodePcpAnnounce(bytes: Buffer): PcpAnswer | undefined {
  return decodeAnswer(bytes, ANNOUNCE);
}

/** Reads an answer to MAP; undefined if the packet is none. Only a router that does not know this version answers without a nonce. */
export function decodePcpMap(bytes: Buffer): PcpMapAnswer | PcpAnswer | undefined {
  const answer = decodeAnswer(bytes, MAP);
  if (!answer || answer.result === PCP_UNSUPPORTED_VERSION) return answer;
  if (bytes.length < MAP_BYTES || bytes.readUInt8(36) !== TCP) return undefined;
  return {
    ...answer,
    nonce: bytes.subarray(24, 24 + NONCE_BYTES),
    lifetimeSeconds: bytes.readUInt32BE(4),
    internalPort: bytes.readUInt16BE(40),
    externalPort: bytes.readUInt16BE(42),
    externalAddress: readAddress(bytes, 44),
  };
}

function decodeAnswer(bytes: Buffer, opcode: number): PcpAnswer | undefined {
  if (bytes.length < 8) return undefined;
  if (bytes.readUInt8(0) !== VERSION) {
    const result = bytes.readUInt8(3);
    return isAnswer(bytes) && result === PCP_UNSUPPORTED_VERSION
      ? { result, epochSeconds: bytes.readUInt32BE(4) }
      : undefined;
  }
  if (bytes.length < HEADER_BYTES || bytes.readUInt8(1) !== (RESPONSE_BIT | opcode)) return undefined;
  return { result: bytes.readUInt8(3), epochSeconds: bytes.readUInt32BE(8) };
}

function isAnswer(bytes: Buffer): boolean {
  return (bytes.readUInt8(1) & RESPONSE_BIT) !== 0;
}

function header(length: number, opcode: number, lifetimeSeconds: number, client: string): Buffer {
  const bytes = Buffer.alloc(length);
  bytes.writeUInt8(VERSION, 0);
  bytes.writeUInt8(opcode, 1);
  bytes.writeUInt32BE(lifetimeSeconds, 4);
  writeAddress(bytes, 8, client);
  return bytes;
}

/** IPv4 addresses are written as IPv4-mapped IPv6 addresses. */
function writeAddress(bytes: Buffer, at: number, address: string): void {
  if (!isIPv4(address)) throw new RangeError(`${address} is no IPv4 address`);
  bytes.writeUInt16BE(0xffff, at + 10);
  bytes.set(address.split('.').map(Number), at + 12);
}

function readAddress(bytes: Buffer, at: number): string {
  const isMapped = bytes.subarray(at, at + 10).every((byte) => byte === 0) && bytes.readUInt16BE(at + 10) === 0xffff;
  if (isMapped) return bytes.subarray(at + 12, at + 16).join('.');
  return Array.from({ length: 8 }, (_none, index) => bytes.readUInt16BE(at + 2 * index).toString(16)).join(':');
}
