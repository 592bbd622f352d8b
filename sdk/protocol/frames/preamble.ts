/**
 * The first bytes of a connection that is not TLS from its first byte: on the port of a peer, one that a source opened because it was
 * asked to (`back`); on the port of the tracker, one of the two ends of a relayed connection, or one by which the tracker sees the
 * address of a port. TLS follows directly, except on the last kind: its first byte is 0x16, and that of a preamble is an `S`.
 *
 * `SHB1`, `SHR1` or `SHO1`, the token (16 bytes), the side (1 byte: 0 is the requester, 1 the source).
 */
export const PREAMBLE_BYTES = 21;
/** The first byte of every preamble. */
export const PREAMBLE_FIRST_BYTE = 0x53;
const TOKEN_BYTES = 16;

const MAGICS = { back: 'SHB1', relay: 'SHR1', observe: 'SHO1' } as const;
const KINDS = ['back', 'relay', 'observe'] as const;

/** What the first bytes of a connection say. */
export interface Preamble {
  /** `back`: a source calls back. `relay`: for the relay of a tracker. `observe`: shows a port to a tracker. */
  readonly kind: keyof typeof MAGICS;
  /** 16 bytes, base64url: the meeting, or the token for the relay or for the tracker's look. */
  readonly token: string;
  /** Who sends it: the device that wants pieces, or the one that has them. */
  readonly side: 'requester' | 'source';
}

/** Encodes a preamble. */
export function encodePreamble({ kind, token, side }: Preamble): Buffer {
  const bytes = Buffer.alloc(PREAMBLE_BYTES);
  bytes.write(MAGICS[kind], 0, 'latin1');
  bytes.write(token, 4, TOKEN_BYTES, 'base64url');
  bytes[PREAMBLE_BYTES - 1] = side === 'requester' ? 0 : 1;
  return bytes;
}

/** Decodes the first `PREAMBLE_BYTES` bytes of a connection; undefined if they are not a preamble. */
export function decodePreamble(bytes: Buffer): Preamble | undefined {
  if (bytes.length < PREAMBLE_BYTES) return undefined;
  const magic = bytes.toString('latin1', 0, 4);
  const kind = KINDS.find((one) => MAGICS[one] === magic);
  const side = bytes[PREAMBLE_BYTES - 1];
  if (!kind || side === undefined || side > 1) return undefined;
  const token = bytes.toString('base64url', 4, 4 + TOKEN_BYTES);
  return { kind, token, side: side === 0 ? 'requester' : 'source' };
}
