import type { UnavailableShare } from '@shoal/sdk';
import { isErrorCode, ShoalError } from '@shoal/sdk/protocol';
import type { Problem } from '../contract/contract.js';
import type { UnavailableRecord } from '../contract/records-schema.js';

/** An error as the agent told it. */
export function errorFrom(problem: Problem | null): ShoalError {
  const { code, message } = problem ?? { code: 'INTERNAL', message: 'It failed, and nothing says why.' };
  return new ShoalError(isErrorCode(code) ? code : 'INTERNAL', message);
}

/** A share that cannot be read for now, as the agent tells of it. */
export function unavailableShare({ problem, ...share }: UnavailableRecord): UnavailableShare {
  return { ...share, error: errorFrom(problem) };
}
