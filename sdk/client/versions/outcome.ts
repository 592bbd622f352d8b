import { isErrorCode, type SharedFile, ShoalError } from '../../protocol/index.js';
import { formatTime } from '../util/format-time.js';

/** What became of a share at the tracker. */
export type Outcome = SharedFile | ShoalError;

/** The tracker's answer for one file of many. */
type Answer =
  | { readonly file: SharedFile }
  | { readonly code: string; readonly message: string; readonly newest?: SharedFile | undefined };

/** The tracker left a share out of its answer. */
export const NO_ANSWER = new ShoalError('PROTOCOL_ERROR', 'The tracker did not answer for this file: try again.');

export function outcomeOf(answer: Answer | undefined): Outcome {
  if (!answer) return NO_ANSWER;
  if ('file' in answer) return answer.file;
  const { code, message, newest } = answer;
  return explained(new ShoalError(isErrorCode(code) ? code : 'PROTOCOL_ERROR', message, { newest }));
}

/** The same error; a conflict says who published which version when, and what to do. */
export function explained(error: ShoalError): ShoalError {
  const { code, newest } = error;
  if (code !== 'VERSION_CONFLICT' || newest?.version === undefined) return error;
  const { version, fileName, publishedBy = newest.sharedBy, publishedAtMs = newest.sharedAtMs } = newest;
  const who = `${publishedBy} published version ${version} of ${fileName} at ${formatTime(publishedAtMs)}`;
  const remedy = `download it and look at it, then share yours with base ${version}`;
  return new ShoalError(code, `${who}, and your file is not based on it: ${remedy}.`, { cause: error, newest });
}
