import { lstatSync, readFileSync, readlinkSync } from 'node:fs';
import { dirname, join, parse, sep } from 'node:path';

/** File systems of local disks. All others belong to a network or to a program, and may stop answering. */
const OWN_TYPES: ReadonlySet<string> = new Set(
  `apfs aufs bcachefs btrfs devtmpfs ecryptfs erofs exfat ext2 ext3 ext4 f2fs hfs hfsplus iso9660 jfs minix msdos nilfs2 ntfs ntfs3 overlay
  ramfs reiserfs rootfs squashfs tmpfs udf vfat xfs zfs`.split(/\s+/),
);

/** Mounts change rarely, and reading them costs time. */
const KEPT_MS = 1000;
const MAX_LINKS = 40;

let kept: { readonly atMs: number; readonly away: ReadonlySet<string> } | undefined;

/**
 * The mount point of the disk that a path leads to, if that disk may stop answering, so that calls about it may never
 * return. The function touches nothing on the disk. The root file system never counts.
 */
export function awayMountOf(path: string): string | undefined {
  if (process.platform === 'win32') return /^\\\\[^\\]+\\[^\\]+/.exec(path)?.[0];
  if (process.platform === 'darwin') return /^\/(Volumes|Network)\/[^/]+/.exec(path)?.[0];
  const away = awayMounts();
  return away.size === 0 ? undefined : follow(path, away);
}

/** The mount points in a Linux `mountinfo` that may stop answering. */
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
    // The last mount is on top.
    if (OWN_TYPES.has(type) || isKernels(path)) away.delete(path);
    else away.add(path);
  }
  return away;
}

/** Whether the path shows the kernel's own data. */
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
    // not Linux, or hidden: all disks count as local
  }
  kept = { atMs: nowMs, away };
  return away;
}

/** Resolves a path like the system does, including links, and stops before it would enter such a mount. */
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
      return undefined; // opening the path reports the error
    }
    at = next;
  }
  return undefined;
}
