import {
  decodeManifest,
  MAX_INLINE_MANIFEST_BYTES,
  parseNewFilePath,
  ShoalError,
  type TrackerParams,
} from '@shoal/sdk/protocol';
import type { NewShare } from '../store/store.js';

/** @throws ShoalError `INVALID_NAME`, `MANIFEST_INVALID` */
export function parseShare({ fileName, manifestId, manifest }: TrackerParams<'shareFiles'>['files'][number]): NewShare {
  const share = { fileName: parseNewFilePath(fileName), manifestId };
  if (manifest === undefined) return share;
  const bytes = Buffer.from(manifest, 'base64url');
  if (bytes.length > MAX_INLINE_MANIFEST_BYTES)
    throw new ShoalError('MANIFEST_INVALID', 'A manifest of that size is uploaded on its own.');
  const { id, sizeBytes } = decodeManifest(bytes);
  if (id !== manifestId)
    throw new ShoalError('MANIFEST_INVALID', 'The manifest describes other content: upload the right one.');
  return { ...share, manifest: { sizeBytes, bytes } };
}

/** A value, or why there is none. */
export function orRefusal<T>(make: () => T): T | ShoalError {
  try {
    return make();
  } catch (error) {
    if (error instanceof ShoalError) return error;
    throw error;
  }
}

/** Puts the results of the good items into the places of all of them. */
export function placeResults<T, R>(
  parsed: readonly (T | ShoalError)[],
  results: readonly (R | ShoalError)[],
): (R | ShoalError)[] {
  const left = [...results];
  const none = () => new ShoalError('INTERNAL', 'There is no result for this file: try again.');
  return parsed.map((one) => (one instanceof ShoalError ? one : (left.shift() ?? none())));
}
