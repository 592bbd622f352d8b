/** The packets of NAT-PMP (RFC 6886): the external address, and mappings of TCP ports. Numbers are big endian. */

/** The UDP port of NAT-PMP, and of PCP, which replaces it. */
export const NAT_PMP_PORT = 5351;
export const NAT_PMP_UNSUPPORTED_VERSION = 1;

const VERSION = 0;
const ADDRESS = 0;
const MAP_TCP = 2;
const ANSWER = 128;
const HEADER_BYTES = 8;

const RESULTS: Readonly<Record<number, string>> = {
  2: 'not authorized',
  3: 'its own network fails',
  4: 'no resources',
  5: 'unsupported operation',
};

/** A result code as words. */
export function natPmpResultText(result: number): string {
  return `${RESULTS[result] ?? 'refused'} (NAT-PMP ${result})`;
}

/** A refusal, or the head of an answer. */
export interface NatPmpAnswer {
  /** 0: success. */
  readonly result: number;
  readonly epochSeconds: number;
}

export interface NatPmpAddress extends NatPmpAnswer {
  readonly address: string;
}

export interface NatPmpMapping extends NatPmpAnswer {
  readonly internalPort: number;
  readonly externalPort: number;
  readonly lifetimeSeconds: number;
}

export function encodeAddressRequest(): Buffer {
  return Buffer.from([VERSION, ADDRESS]);
}

/** @param lifetimeSeconds 0 deletes the mapping; its external port must be 0 then */
export function encodeMapRequest(internalPort: number, externalPort: number, lifetimeSeconds: number): Buffer {
  const bytes = Buffer.alloc(12);
  bytes.writeUInt8(MAP_TCP, 1);
  bytes.writeUInt16BE(internalPort, 4);
  bytes.writeUInt16BE(externalPort, 6);
  bytes.writeUInt32BE(lifetimeSeconds, 8);
  return bytes;
}

/** Reads an answer to `encodeAddressRequest`; undefined if the packet is none. */
export function decodeAddress(bytes: Buffer): NatPmpAddress | NatPmpAnswer | undefined {
  const answer = decodeHead(bytes, ADDRESS);
  if (answer?.result !== 0) return answer;
  return bytes.length < 12 ? undefined : { ...answer, address: bytes.subarray(8, 12).join('.') };
}

/** Reads an answer to `encodeMapRequest`; undefined if the packet is none. */
export function decodeMapping(bytes: Buffer): NatPmpMapping | NatPmpAnswer | undefined {
  const answer = decodeHead(bytes, MAP_TCP);
  if (answer?.result !== 0) return answer;
  if (bytes.length < 16) return undefined;
  return {
    ...answer,
    internalPort: bytes.readUInt16BE(8),
    externalPort: bytes.readUInt16BE(10),
    lifetimeSeconds: bytes.readUInt32BE(12),
  };
}

function decodeHead(bytes: Buffer, operation: number): NatPmpAnswer | undefined {
  if (bytes.length < HEADER_BYTES || bytes.readUInt8(0) !== VERSION) return undefined;
  if (bytes.readUInt8(1) !== ANSWER + operation) return undefined;
  return { result: bytes.readUInt16BE(2), epochSeconds: bytes.readUInt32BE(4) };
}
