import { basename, resolve } from 'node:path';
import {
  decodeManifest,
  MAX_NOTE_CHARACTERS,
  MAX_VERSION,
  parseFilePath,
  pieceHashString,
  ShoalError,
} from '../../../protocol/index.js';
import type { ShareOptions } from '../../api/options.js';
import type { ShareResult } from '../../api/results.js';
import { isExecutable } from '../../selection/is-executable.js';
import { requireNoSecret } from '../../selection/secret-folder.js';
import type { Session } from '../../session/session.js';
import { throwIfAborted } from '../../util/abort.js';
import type { NewShare } from '../serving/new-share.js';
import type { ShareIntake } from './share-intake.js';
import { offerFiles } from './share-offer.js';

interface FileToShare {
  readonly path: string;
  readonly groupId: string;
  readonly options: ShareOptions;
  readonly signal: AbortSignal;
}

/** Checks, hashes and shares one file. @throws ShoalError the reason why it is not shared */
export async function shareFile(session: Session, intake: ShareIntake, file: FileToShare): Promise<ShareResult> {
  const path = resolve(file.path);
  const fileName = parseFilePath(file.options.fileName ?? basename(path));
  await session.hashes.requireAnswer(path);
  await requireNoSecret(path, 'file');
  const isKnown = session.account.findShare(file.groupId, fileName) !== undefined;
  const giveBack = isKnown ? () => {} : session.account.reserveShare({ groupId: file.groupId, fileName, path });
  try {
    return await shareAs(session, intake, fileName, { ...file, path });
  } finally {
    giveBack();
  }
}

async function shareAs(
  session: Session,
  intake: ShareIntake,
  fileName: string,
  { path, groupId: named, options, signal }: FileToShare,
): Promise<ShareResult> {
  const groupId = await session.memberGroup(named, signal); // fails before a long hash
  const { algorithm = 'sha1', onProgress, base, note } = options;
  if (base !== undefined || note !== undefined) session.requireVersions();
  requireFit(base, note);
  const { manifest, stamp } = await session.hashes.manifest(path, algorithm, { signal, onProgress });
  throwIfAborted(signal);
  const executable = await isExecutable(path);
  const file = { groupId, fileName, path, manifest, stamp, executable };
  const share = (files: readonly NewShare[]) => intake.share(files, signal);
  const [offered] = await offerFiles(session, share, [file], { base, note }, signal);
  if (!offered || offered instanceof ShoalError) throw offered ?? new ShoalError('INTERNAL', 'Nothing was shared.');
  const decoded = decodeManifest(manifest);
  return {
    ...offered.file,
    outcome: offered.outcome,
    pieceHashString: pieceHashString(decoded),
    fileDigest: Buffer.from(decoded.fileDigest).toString('hex'),
  };
}

/** @throws ShoalError `INVALID_ARGUMENT` */
function requireFit(base: number | undefined, note: string | undefined): void {
  if (base !== undefined && (!Number.isInteger(base) || base < 0 || base > MAX_VERSION))
    throw new ShoalError('INVALID_ARGUMENT', `The base ${base} is no number of a version: give 0, 1, 2, …`);
  if (note !== undefined && note.length > MAX_NOTE_CHARACTERS)
    throw new ShoalError('INVALID_ARGUMENT', `The note is longer than ${MAX_NOTE_CHARACTERS} characters: shorten it.`);
}
