import { decodeManifest, isErrorCode, ShoalError, type Source } from '../../protocol/index.js';
import { findManifest } from '../session/find-manifest.js';
import type { Session } from '../session/session.js';
import type { WantedFile } from './folder-look.js';

/** A file, with what its download requires or the reason why it is unavailable. */
export interface LookedUp {
  readonly file: WantedFile;
  readonly found: ShoalError | { readonly manifest: Uint8Array; readonly sources: readonly number[] };
}

/** What the tracker knows of files. The `sources` of a file are indexes into `devices`. */
export interface LookUp {
  readonly files: readonly LookedUp[];
  readonly devices: readonly Source[];
}

/**
 * Asks the tracker for manifests and sources of up to `MAX_BATCH_FILES` files. The answers must match the listed files.
 * @param exclude ids of devices that the answer must not contain
 * @throws ShoalError the tracker's errors if the whole lookup fails
 */
export async function lookUpFiles(
  session: Session,
  groupId: string,
  files: readonly WantedFile[],
  exclude: string[],
  signal: AbortSignal,
): Promise<LookUp> {
  const fileNames = files.map(({ file }) => file.fileName);
  const manifestIds = files.map(({ file }) => file.manifestId);
  const [located, { manifests }] = await Promise.all([
    session.call('locateFiles', { groupId, fileNames, exclude }, signal),
    session.call('getManifests', { groupId, manifestIds }, signal),
  ]);
  const isDialable = located.devices.map((device) => session.isDialable(device));
  const lookedUp: LookedUp[] = [];
  for (const [index, file] of files.entries()) {
    const answer = located.files[index] ?? {
      code: 'PROTOCOL_ERROR',
      message: 'The tracker did not answer for this file: try again.',
    };
    const found =
      'code' in answer ? refusal(answer) : await fit(session, groupId, file, answer, manifests[index], signal);
    lookedUp.push({ file, found: found instanceof ShoalError ? found : reachedBy(found, isDialable) });
  }
  return { files: lookedUp, devices: located.devices.map((device) => ({ ...device, complete: true })) };
}

async function fit(
  session: Session,
  groupId: string,
  place: WantedFile,
  answer: { readonly file: { readonly manifestId: string }; readonly sources: readonly { readonly device: number }[] },
  inline: string | null | undefined,
  signal: AbortSignal,
): Promise<LookedUp['found']> {
  const { fileName, manifestId } = place.file;
  if (answer.file.manifestId !== manifestId)
    return new ShoalError('FILE_CHANGED', `${fileName} belongs to another file now: download the folder again.`);
  try {
    const bytes =
      typeof inline === 'string'
        ? Buffer.from(inline, 'base64url')
        : (await findManifest(session, groupId, place.file, signal)).manifest;
    const manifest = decodeManifest(bytes);
    if (manifest.id !== manifestId || manifest.pieceCount > 1)
      throw new ShoalError('MANIFEST_INVALID', `The tracker gave another manifest for ${fileName} than it listed.`);
    return { manifest: bytes, sources: answer.sources.map(({ device }) => device) };
  } catch (error) {
    const known = ShoalError.from(error);
    if (known.code === 'MANIFEST_INVALID') return known;
    throw error;
  }
}

function reachedBy<F extends { readonly sources: readonly number[] }>(found: F, isDialable: readonly boolean[]): F {
  return { ...found, sources: found.sources.filter((device) => isDialable[device] ?? true) };
}

function refusal({ code, message }: { readonly code: string; readonly message: string }): ShoalError {
  return new ShoalError(isErrorCode(code) ? code : 'PROTOCOL_ERROR', message);
}
