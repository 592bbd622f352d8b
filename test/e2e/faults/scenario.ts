import { type BlockRef, MAX_BLOCK_BYTES, PIECE_BYTES } from '../../../sdk/protocol/index.js';
import type { Lie } from '../../sdk/engine/corrupting-seeder.js';
import { type Faults, NO_FAULTS } from '../../support/fault-proxy.js';
import { drawn, seeded } from '../../support/seeded.js';

/** The line between the downloader and one honest source: faults, other faults after a while, and then none. */
export interface Line {
  readonly first: Faults;
  readonly changeAfterMs: number;
  readonly second: Faults;
  readonly healAfterMs: number;
}

/** One run, drawn from its seed. */
export interface Scenario {
  readonly sizeBytes: number;
  /** The lies of each liar. */
  readonly liars: readonly (keyof typeof LIES)[];
  /** The lines to the honest sources; none: the file cannot be downloaded. */
  readonly lines: readonly Line[];
  /** Honest sources appear only after a liar was banned. */
  readonly liarsFirst: boolean;
}

const MOST_PIECES = 5;
const LATEST_MENDING_MS = 500;

/** Lies, made from the true content. All but `silence` are wrong in every piece. */
export const LIES = {
  zeros: () => (block) => Buffer.alloc(block.length),
  /** Only one bit is wrong, in the last block of the piece. */
  oneBit: (content) => (block) => {
    const bytes = trueBytes(content, block);
    const isLast = block.offset + block.length >= Math.min(PIECE_BYTES, content.length - block.piece * PIECE_BYTES);
    if (isLast) bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 1, bytes.length - 1);
    return bytes;
  },
  /** The file's bytes from another offset. */
  shifted: (content) => (block) => trueBytes(Buffer.concat([content.subarray(1), content.subarray(0, 1)]), block),
  /** The first blocks are correct, the others are not. */
  turning: (content) => (block) =>
    block.offset === 0 && block.length === MAX_BLOCK_BYTES ? trueBytes(content, block) : Buffer.alloc(block.length, 9),
  silence: () => () => undefined,
} satisfies Record<string, (content: Buffer) => Lie>;

function trueBytes(content: Buffer, { piece, offset, length }: BlockRef): Buffer {
  const at = piece * PIECE_BYTES + offset;
  return Buffer.from(content.subarray(at, at + length));
}

export function drawScenario(seed: number): Scenario {
  const random = seeded(seed);
  const sizeBytes = 1 + drawn(random, MOST_PIECES * PIECE_BYTES);
  const liarsFirst = random() < 0.25;
  const withoutHope = random() < 0.1;
  const loud = ['zeros', 'oneBit', 'shifted', 'turning'] as const;
  const any = [...loud, 'silence'] as const;
  const someLiars = Array.from({ length: drawn(random, 3) }, () => oneOf(random, any));
  const liars = liarsFirst || withoutHope ? [oneOf(random, loud)] : someLiars;
  const lines = Array.from({ length: withoutHope ? 0 : 1 + drawn(random, 2) }, () => {
    const changeAfterMs = drawn(random, LATEST_MENDING_MS);
    const healAfterMs = changeAfterMs + drawn(random, LATEST_MENDING_MS);
    return { first: drawFaults(random, sizeBytes), changeAfterMs, second: drawFaults(random, sizeBytes), healAfterMs };
  });
  return { sizeBytes, liars, lines, liarsFirst };
}

function drawFaults(random: () => number, sizeBytes: number): Faults {
  const cut = oneOf(random, ['drop', 'reset', 'half-open', 'silence'] as const);
  const faults: Partial<Faults>[] = [
    {},
    { delayMs: drawn(random, 30), jitterMs: drawn(random, 30) },
    { bytesPerSecond: 1 },
    { bytesPerSecond: 100_000 + drawn(random, 4_000_000) },
    { corrupt: random() / 2 },
    { holdBack: 1 },
    { cut, cutAfterBytes: 0 },
    { cut, cutAfterBytes: drawn(random, 3000) }, // during the handshake or just after it
    { cut, cutAfterBytes: drawn(random, sizeBytes) },
    { cut, cutAfterBytes: drawn(random, sizeBytes), corrupt: random() / 10, delayMs: drawn(random, 20) },
  ];
  return { ...NO_FAULTS, ...oneOf(random, faults) };
}

function oneOf<T>(random: () => number, choices: readonly T[]): T {
  const chosen = choices[drawn(random, choices.length)];
  if (chosen === undefined) throw new Error('nothing to choose from');
  return chosen;
}
