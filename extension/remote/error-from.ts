import { isErrorCode, ShoalError } from '@shoal/sdk/protocol';
import type { Problem } from '../agent/contract.js';

/** An error as the agent told it. */
export function errorFrom(problem: Problem | null): ShoalError {
  const { code, message } = problem ?? { code: 'INTERNAL', message: 'It failed, and nothing says why.' };
  return new ShoalError(isErrorCode(code) ? code : 'INTERNAL', message);
}
