import * as z from 'zod';

/** The commands and results of both ends of the bare transfer. */

export const TLS = z.object({ id: z.string(), privateKeyPem: z.string(), certificatePem: z.string() }).nullable();

/** Processor time of this process from now on, in seconds. */
export function cpuClock(): () => number {
  const before = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1e6;
  };
}
