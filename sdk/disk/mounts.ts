import { lstatSync, readFileSync, readlinkSync } from 'node:fs';
import { dirname, join, parse, sep } from 'node:path';

/** File systems of disks in this computer. All others are somebody else's: a network's, or a program's, and may stop answering. */
const OWN_TYPES: ReadonlySet<string> = new Set(
  `apfs aufs bcachefs btrfs devtmpfs ecryptfs erofs exfat ext2 ext3 ext4 f2fs hfs hfsplus iso9660 jfs minix msdos nilfs2 ntfs ntfs3 overlay
  ramfs reiserfs rootfs squashfs tmpfs udf vfat xfs zfs`.split(/\s+/),
);

/** Mounts change seldom, and a look at them is not free. */
const KEPT_MS = 1000;
const MAX_LINKS = 40;

let kept: { readonly atMs: number; readonly away: ReadonlySet<string> } | undefined;

/**
 * Where the disk is mounted that a path leads to, if it is one that may stop answering: calls about such a disk may never return. Nothing on
 * it is touched to find out. What the root is mounted from is never one: nothing goes on without it.
 */
export function awayMountOf(path: string): string | undefined {
  if (process.platform === 'win32') return /^\\\\[^\\]+\\[^\\]+/.exec(path)?.[0];
  if (process.platform === 'darwin') return /^\/(Volumes|Network)\/[^/]+/.exec(path)?.[0];
  const away = awayMounts();
  return away.size === 0 ? undefined : follow(path, away);
}

/** The mount points of a `mountinfo` of Linux that may stop answering. */
export function parseAwayMounts(mountinfo: string): Set<string> {
  const away = new Set<string>();
  for (const line of mountinfo.split('\n')) {
    const [before = '', after = ''] = line.split(' - ');
    const point = before.split(' ')[4];
    const [type] = after.split(' ');
    if (!point || !type || point === '/') continue;
    const path = point.replace(/\\([0-7]{3})/g, (_all, octal: string) =>
      String.fromCharCode(Number.parseInt(octal, 8)),
    );
    // What is mounted last stands on top.
    if (OWN_TYPES.has(type) || isKernels(path)) away.delete(path);
    else away.add(path);
  }
  return away;
}

/** What the kernel itself shows of itself. */
function isKernels(path: string): boolean {
  return /^\/(proc|sys|dev)(\/|$)/.test(path);
}

function awayMounts(): ReadonlySet<string> {
  const nowMs = performance.now();
  if (kept && nowMs - kept.atMs < KEPT_MS) return kept.away;
  let away: ReadonlySet<string> = new Set();
  try {
    away = parseAwayMounts(readFileSync('/proc/self/mountinfo', 'utf8'));
  } catch {
    // no Linux, or hidden: all disks are taken for this computer's
  }
  kept = { atMs: nowMs, away };
  return away;
}

/** Walks a path as the system does, links included, and stops before it would enter such a mount. */
function follow(path: string, away: ReadonlySet<string>): string | undefined {
  let at = parse(path).root;
  const left = path.split(sep).reverse();
  for (let links = 0; left.length > 0; ) {
    const name = left.pop();
    if (!name || name === '.') continue;
    if (name === '..') {
      at = dirname(at);
      continue;
    }
    const next = join(at, name);
    if (away.has(next)) return next;
    try {
      if (lstatSync(next).isSymbolicLink()) {
        if (++links > MAX_LINKS) return undefined;
        const target = readlinkSync(next);
        if (target.startsWith(sep)) at = sep;
        left.push(...target.split(sep).reverse());
        continue;
      }
    } catch {
      return undefined; // whoever opens it says what is wrong
    }
    at = next;
  }
  return undefined;
}
