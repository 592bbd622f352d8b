import { readFileSync } from 'node:fs';
import { LINUX_ROUTES_FILE, parseLinuxRoutes } from '@shoal/sdk/program';

/** The IPv4 gateways of this computer; undefined where the system does not tell them in a file. */
export function gateways(): ReadonlySet<string> | undefined {
  try {
    return new Set(parseLinuxRoutes(readFileSync(LINUX_ROUTES_FILE, 'latin1')).map(({ gateway }) => gateway));
  } catch {
    return undefined; // another system than Linux
  }
}
