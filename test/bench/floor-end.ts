import * as z from 'zod';

/** What both ends of the bare transfer are told, and what they tell. */

export const TLS = z.object({ id: z.string(), privateKeyPem: z.string(), certificatePem: z.string() }).nullable();

/** Processor time of this process from now on, in seconds. */
export function cpuClock(): () => number {
  const before = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1e6;
  };
}
