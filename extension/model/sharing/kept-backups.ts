/** A file that was kept before it was replaced. */
export interface BackupFacts {
  readonly keptAtMs: number;
  readonly sizeBytes: number;
}

const MAX_BACKUPS = 50;
const MAX_BYTES = 1 << 30;
const MAX_AGE_MS = 30 * 24 * 60 * 60 * 1000;

/**
 * The backups to remove: those that are too old, too many, or too large together. The latest one always stays, because its
 * *Undo* may still be shown.
 */
export function backupsToDrop<B extends BackupFacts>(backups: readonly B[], nowMs: number): B[] {
  const latestFirst = backups.toSorted((one, other) => other.keptAtMs - one.keptAtMs);
  let bytes = 0;
  return latestFirst.filter(({ keptAtMs, sizeBytes }, index) => {
    bytes += sizeBytes;
    return index > 0 && (index >= MAX_BACKUPS || bytes > MAX_BYTES || nowMs - keptAtMs > MAX_AGE_MS);
  });
}
