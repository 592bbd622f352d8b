import { basename, resolve } from 'node:path';
import { decodeManifest, parseFilePath, pieceHashString, ShoalError } from '../../protocol/index.js';
import type { ShareOptions } from '../api/options.js';
import type { ShareResult } from '../api/results.js';
import type { Session } from '../session/session.js';
import { throwIfAborted } from '../util/abort.js';
import { requireNoSecret } from './secret-folder.js';
import type { ShareIntake } from './share-intake.js';

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
  const { algorithm = 'sha1', onProgress } = options;
  const { manifest, stamp } = await session.hashes.manifest(path, algorithm, { signal, onProgress });
  throwIfAborted(signal);
  const [outcome] = await intake.share([{ groupId, fileName, path, manifest, stamp }], signal);
  if (!outcome || outcome instanceof ShoalError) throw outcome ?? new ShoalError('INTERNAL', 'Nothing was shared.');
  const decoded = decodeManifest(manifest);
  return {
    ...outcome,
    pieceHashString: pieceHashString(decoded),
    fileDigest: Buffer.from(decoded.fileDigest).toString('hex'),
  };
}
