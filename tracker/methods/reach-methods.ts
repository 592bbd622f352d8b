import { ShoalError } from '@shoal/sdk/protocol';
import type { Handlers } from './context.js';

/** Placeholder of the base branch; replaced by the tracker's part. */
export const reachMethods: Pick<Handlers, 'moved' | 'meet'> = {
  async moved() {
    throw new ShoalError('INTERNAL', 'Not built yet.');
  },
  async meet() {
    throw new ShoalError('INTERNAL', 'Not built yet.');
  },
};
