import { decodeManifest, type SharedFile, ShoalError } from '../../../protocol/index.js';
import type { ShareOutcome } from '../../api/results.js';
import type { LibraryShare } from '../../library/records/library-schema.js';
import { keepsVersions, type Session } from '../../session/session.js';
import type { Outcome } from '../../versions/outcome.js';
import { type Publication, seenVersion } from '../../versions/publication.js';
import type { NewShare } from '../serving/new-share.js';

/** Shares files of one group. @returns the outcome of each, in order */
type Share = (files: readonly NewShare[], signal: AbortSignal | undefined) => Promise<Outcome[]>;

/** What the user says about new versions. */
interface Wish {
  readonly base?: number | undefined;
  readonly note?: string | undefined;
}

/** A file of the group, and what was done with it. */
export interface Offered {
  readonly file: SharedFile;
  readonly outcome: ShareOutcome;
}

/** A file to share, and what is known of its name. */
interface Plan {
  readonly file: NewShare;
  readonly known: LibraryShare | undefined;
}

/** Refusals after which the content may still be an earlier version. */
const OTHER_CONTENT: ReadonlySet<string> = new Set(['VERSION_CONFLICT', 'NAME_TAKEN']);

/**
 * Shares hashed files of one group for a waiting caller. New content of a name is published as a version, based on the newest
 * one that this device knows. Nobody covers a version that he has not seen.
 * @returns what was done with each file, in order
 * @throws ShoalError as `ShareIntake.share`; `DISCONNECTED` if it is not known whether the tracker keeps versions
 */
export async function offerFiles(
  session: Session,
  share: Share,
  files: readonly NewShare[],
  wish: Wish,
  signal: AbortSignal | undefined,
): Promise<(Offered | ShoalError)[]> {
  const offersVersions = keepsVersions(session.online);
  const plans = files.map((file): Plan => {
    const known = session.account.findShare(file.groupId, file.fileName);
    return { file: offersVersions ? withPublication(file, known, wish) : file, known };
  });
  const outcomes = await share(
    plans.map(({ file }) => file),
    signal,
  );
  if (offersVersions && wish.base === undefined) await offerAgain(session, share, plans, outcomes, signal);
  return plans.map((plan, index) => {
    const outcome = outcomes[index] ?? new ShoalError('INTERNAL', 'Nothing was shared.');
    if (outcome instanceof ShoalError) return outcome;
    return offersVersions ? offered(session, plan, outcome) : { file: outcome, outcome: 'shared' };
  });
}

/** Adds how the file is published. Content that this device shares already is only registered. */
function withPublication(file: NewShare, known: LibraryShare | undefined, wish: Wish): NewShare {
  const isSame = known?.manifestId === decodeManifest(file.manifest).id;
  if (isSame && wish.base === undefined) {
    if (known.version !== undefined) return { ...file, version: known.version };
    if (known.published === undefined) return file;
  }
  const { executable } = file;
  const { note } = wish;
  const publish: Publication = {
    base: wish.base ?? seenVersion(known),
    ...(note !== undefined && { note }),
    ...(executable !== undefined && { executable }),
  };
  return { ...file, publish };
}

/** Offers refused files once more where the answer shows how. `plans` and `outcomes` contain the result. */
async function offerAgain(
  session: Session,
  share: Share,
  plans: Plan[],
  outcomes: Outcome[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const again: { readonly index: number; readonly file: NewShare }[] = [];
  for (const [index, { file, known }] of plans.entries()) {
    const outcome = outcomes[index];
    if (!(outcome instanceof ShoalError) || !OTHER_CONTENT.has(outcome.code) || !file.publish) continue;
    const base = await seenAs(session, known, outcome.newest, file, signal);
    if (base !== undefined) again.push({ index, file: { ...file, publish: { ...file.publish, base } } });
    else if (!known) {
      const { publish: _isNoVersion, ...held } = file;
      again.push({ index, file: held });
    }
  }
  if (again.length === 0) return;
  const answers = await share(
    again.map(({ file }) => file),
    signal,
  );
  for (const [at, { index, file }] of again.entries()) {
    const answer = answers[at];
    // The first refusal says more than the one of a mere registration.
    if (!answer || (answer instanceof ShoalError && !file.publish)) continue;
    outcomes[index] = answer;
    plans[index] = { file, known: plans[index]?.known };
  }
}

/** The number of the newest version if this device has seen it under no number: it shares its content, or published it itself. */
async function seenAs(
  session: Session,
  known: LibraryShare | undefined,
  newest: SharedFile | undefined,
  { groupId, fileName }: NewShare,
  signal: AbortSignal | undefined,
): Promise<number | undefined> {
  if (newest?.version === undefined) return undefined;
  if (known) return known.version === undefined && known.manifestId === newest.manifestId ? newest.version : undefined;
  if (!session.isMe(newest.publishedBy)) return undefined;
  const { versions } = await session.call('listVersions', { groupId, fileName, limit: 1 }, signal);
  const [last] = versions;
  return last?.deviceId === session.deviceId ? last.version : undefined;
}

function offered(session: Session, { file, known }: Plan, outcome: SharedFile): Offered {
  const base = file.publish?.base;
  const isNew = base !== undefined && outcome.version === base + 1 && session.isMe(outcome.publishedBy);
  if (known?.manifestId === outcome.manifestId && known.version === outcome.version)
    return { file: outcome, outcome: 'unchanged' };
  const isFirst = !known && !(isNew && base > 0);
  return { file: outcome, outcome: isFirst ? 'shared' : isNew ? 'published' : 'unchanged' };
}
