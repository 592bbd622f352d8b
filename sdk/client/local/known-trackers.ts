import { join } from 'node:path';
import * as z from 'zod';
import { errnoOf, readFileWithin, writeFileDurably } from '../../disk/index.js';
import { type Endpoint, formatEndpoint, ShoalError, type TrackerLocation } from '../../protocol/index.js';

/** Maximum size of `known-trackers.json` in bytes: about ten thousand trackers. */
const MAX_KNOWN_BYTES = 1024 * 1024;

const FILE = z.record(z.string(), z.string().regex(/^[0-9a-f]{64}$/));

/** Fingerprints of known trackers by address, like the known hosts of SSH. */
export class KnownTrackers {
  readonly #path: string;
  #fingerprints: Record<string, string>;

  private constructor(path: string, fingerprints: Record<string, string>) {
    this.#path = path;
    this.#fingerprints = fingerprints;
  }

  /** @throws ShoalError `DATA_DIR_INVALID` if the file exists but cannot be read */
  static async open(dataDir: string): Promise<KnownTrackers> {
    const path = join(dataDir, 'known-trackers.json');
    const text = await readFileWithin(path, MAX_KNOWN_BYTES).catch((error: unknown) => {
      if (errnoOf(error) === 'ENOENT') return '{}';
      throw cannotBeRead(path, error);
    });
    return new KnownTrackers(path, parseKnownTrackers(path, text.toString()));
  }

  /** The expected fingerprint of a tracker: the given or remembered one; undefined for a new tracker. */
  expected(location: TrackerLocation): string | undefined {
    return location.fingerprint ?? this.#fingerprints[addressOf(location)];
  }

  /** @throws ShoalError `TRACKER_CHANGED` if it differs from the expected fingerprint */
  check(location: TrackerLocation, shown: string): void {
    const expected = this.expected(location);
    if (expected !== undefined && expected !== shown) throw this.#changed(location, expected, shown);
  }

  /** Remembers a new tracker. The caller has verified that it is one, because any TLS server has a key. */
  async remember(location: TrackerLocation, fingerprint: string): Promise<void> {
    if (this.expected(location) !== undefined) return;
    this.#fingerprints = { ...this.#fingerprints, [addressOf(location)]: fingerprint };
    await writeFileDurably(this.#path, `${JSON.stringify(this.#fingerprints, null, 2)}\n`);
  }

  #changed(location: TrackerLocation, expected: string, shown: string): ShoalError {
    const next = location.fingerprint
      ? 'correct the fingerprint that you gave'
      : `remove its line from ${this.#path} and start again, or give the new fingerprint with the address`;
    return new ShoalError(
      'TRACKER_CHANGED',
      `Who answers at ${addressOf(location)} shows the fingerprint ${shown}, and not the tracker's, ${expected}: it may be ` +
        `somebody else, so nothing is sent there. Ask whoever runs the tracker; only if it was set up anew, ${next}.`,
    );
  }
}

/** `host:port`, by which trackers and their nodes are told apart. */
export function addressOf({ host, port }: Endpoint): string {
  return formatEndpoint(host, port);
}

/**
 * Parses `known-trackers.json`: fingerprints by address. Memory is proportional to the text, which is limited to 1 MiB.
 * @throws ShoalError `DATA_DIR_INVALID`
 */
export function parseKnownTrackers(path: string, text: string): Record<string, string> {
  try {
    return FILE.parse(JSON.parse(text));
  } catch (error) {
    throw cannotBeRead(path, error);
  }
}

function cannotBeRead(path: string, cause: unknown): ShoalError {
  return new ShoalError(
    'DATA_DIR_INVALID',
    `${path} cannot be read: repair it, or remove it to trust its trackers again on first use.`,
    { cause },
  );
}
