import { readFileSync } from 'node:fs';

const ROUTES = '/proc/net/route';

/** The IPv4 gateways of this computer; undefined where the system does not tell them in a file. */
export function gateways(): ReadonlySet<string> | undefined {
  try {
    return parseGateways(readFileSync(ROUTES, 'latin1'));
  } catch {
    return undefined; // another system than Linux
  }
}

/** Parses Linux's table of routes: the third column is a gateway, as hexadecimal digits in the order of the processor's bytes. */
export function parseGateways(table: string): ReadonlySet<string> {
  const found = new Set<string>();
  for (const line of table.split('\n').slice(1)) {
    const word = line.split('\t')[2];
    if (word === undefined || !/^[0-9A-F]{8}$/i.test(word) || Number.parseInt(word, 16) === 0) continue;
    found.add([...Buffer.from(word, 'hex')].reverse().join('.'));
  }
  return found;
}
