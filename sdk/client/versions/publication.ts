import type { TrackerParams } from '../../protocol/index.js';
import type { LibraryShare } from '../library/records/library-schema.js';

/** How a content is published, as the library records it. */
export type Publication = NonNullable<LibraryShare['published']>;

type Order = TrackerParams<'publishVersions'>['files'][number];

const NS_PER_MS = 1_000_000n;
/** The latest time that the protocol can express, in milliseconds since 1970. */
const LAST_MS = 8_640_000_000_000_000n;

/** The newest version of a file that its record shows to have been seen; 0 if there is none. */
export function seenVersion(share: LibraryShare | undefined): number {
  return Math.max(share?.seen ?? 0, share?.version ?? share?.published?.base ?? 0);
}

/** Whether the tracker has not confirmed yet that the content of this share is a version. */
export function isToPublish(share: LibraryShare): boolean {
  return share.published !== undefined && share.version === undefined;
}

/** The publication of a share in the form of the protocol. */
export function publicationOrder({ fileName, manifestId, manifest, modifiedNs, published }: LibraryShare): Order {
  const { base = 0, note, executable } = published ?? {};
  const ms = floorMs(BigInt(modifiedNs));
  const isExpressible = -LAST_MS <= ms && ms <= LAST_MS;
  return {
    ...{ fileName, manifestId, base },
    ...(note !== undefined && { note }),
    ...(executable !== undefined && { executable }),
    ...(isExpressible && { modifiedMs: Number(ms) }),
    ...(manifest !== undefined && { manifest }),
  };
}

/** The whole milliseconds up to a time, also before 1970. */
function floorMs(ns: bigint): bigint {
  return (ns - (((ns % NS_PER_MS) + NS_PER_MS) % NS_PER_MS)) / NS_PER_MS;
}
