import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../../support/run.js';
import { findProgram } from '../../support/system-programs.js';

/** Debian's packages with a real router's daemon, the firewall that it steers, and their libraries. */
const PACKAGES = [
  ...['miniupnpd-nftables', 'nftables'],
  ...['libnftables1', 'libnftnl11', 'libmnl0', 'libxtables12', 'libjansson4', 'libedit2', 'libbsd0'],
];

/** The programs of a router. */
export interface RouterTools {
  readonly miniupnpd: string;
  readonly nft: string;
  /** Where their libraries are, for `LD_LIBRARY_PATH`. */
  readonly libraries: string;
}

/**
 * Finds the programs on the PATH, or else unpacks them from Debian's packages into a folder, without an installation.
 * @returns why that is not possible, as a sentence that says what to do
 */
export async function routerTools(folder: string): Promise<RouterTools | string> {
  const [miniupnpd, nft] = await Promise.all([findProgram('miniupnpd'), findProgram('nft')]);
  if (miniupnpd !== undefined && nft !== undefined) return { miniupnpd, nft, libraries: '' };
  try {
    await run('apt-get', ['download', ...PACKAGES], { cwd: folder, seconds: 60 });
    for (const name of await readdir(folder))
      if (name.endsWith('.deb')) await run('dpkg', ['-x', name, 'root'], { cwd: folder, seconds: 60 });
    const triplet = process.arch === 'arm64' ? 'aarch64-linux-gnu' : 'x86_64-linux-gnu';
    const inside = (path: string) => join(folder, 'root', path);
    return {
      miniupnpd: inside('usr/sbin/miniupnpd'),
      nft: inside('usr/sbin/nft'),
      libraries: inside(`usr/lib/${triplet}`),
    };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return `miniupnpd and nft are neither on the PATH, nor can Debian's packages be had: install them (Debian: apt-get install miniupnpd-nftables nftables). ${why}`;
  }
}
