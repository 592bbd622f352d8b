import type { UnavailableShare } from '@shoal/sdk';
import { isErrorCode, ShoalError } from '@shoal/sdk/protocol';
import type { Problem } from '../contract/contract.js';
import type { UnavailableRecord } from '../contract/records-schema.js';

/** The error in a message of the agent. */
export function errorFrom(problem: Problem | null): ShoalError {
  const { code, message } = problem ?? { code: 'INTERNAL', message: 'It failed, and nothing says why.' };
  return new ShoalError(isErrorCode(code) ? code : 'INTERNAL', message);
}

/** An unreadable share in a message of the agent. */
export function unavailableShare({ problem, ...share }: UnavailableRecord): UnavailableShare {
  return { ...share, error: errorFrom(problem) };
}
