import { randomUUID } from 'node:crypto';
import { ShoalError } from '@shoal/sdk/protocol';
import type { MoveRecord } from '../data/move-record.js';
import { writeMark } from '../data/moved-mark.js';
import { compareRows, differs } from './compare-rows.js';
import { type Course, copyRows } from './copy-rows.js';
import { type FolderToMove, openFolderToMove } from './folder-to-move.js';
import { MOVED_TABLES } from './moved-tables.js';
import { findRecord, openTargetRows } from './open-target.js';
import type { TargetRows } from './target-rows.js';

export interface MoveOptions {
  /** The data folder of a tracker that does not run. */
  readonly dataDir: string;
  /** The URL of the database. It is never told. */
  readonly store: string;
  /** Told how it goes on, in lines for people. */
  readonly tell: (line: string) => void;
  /** Called before the first change. */
  readonly onBegin?: () => void;
  /** Ends the move between two steps; it may go on later. */
  readonly signal?: AbortSignal;
  /** Rows that are read and written at once, for tests. */
  readonly rowsAtOnce?: number;
}

export interface Moved {
  /** The URL of the database without its password. */
  readonly to: string;
  readonly fingerprint: string;
  /** The end of the move. */
  readonly at: string;
  /** Rows that this call copied. */
  readonly copied: number;
  /** All rows, which this call compared; undefined if an earlier call had done it all, so that there was nothing to do. */
  readonly compared: number | undefined;
}

/** More make no difference: a step takes some 50 ms, and must end well before the database gives it up. */
const ROWS_AT_ONCE = 2000;
const TELL_EVERY_MS = 2000;
/** The codes of a database that went away, also while it confirmed a step. */
const AWAY: ReadonlySet<string> = new Set(['UNAVAILABLE', 'TIMEOUT']);

/**
 * Moves a tracker from its data folder into a database of PostgreSQL, with its keys. It looks at everything before it changes
 * anything. After an end in between, however it came, the next call goes on.
 * @throws ShoalError `USAGE`, `DATA_DIR_IN_USE`, `DATA_DIR_INVALID`, `DATA_DIR_MOVED`, `DATA_DIR_NEWER`, `UNAVAILABLE`, `TIMEOUT`,
 * `PERMISSION_DENIED`, `ABORTED`, errors of the disk
 */
export async function migrateStore(options: MoveOptions): Promise<Moved> {
  const { dataDir, store, tell, rowsAtOnce = ROWS_AT_ONCE } = options;
  const lost = new AbortController();
  const onLost = (error: ShoalError) => lost.abort(error);
  const folder = await openFolderToMove(dataDir, { tell, onLost, rowsAtOnce });
  try {
    const target = await openTargetRows(store);
    try {
      const signal = options.signal ? AbortSignal.any([options.signal, lost.signal]) : lost.signal;
      return await move(folder, target, { ...options, signal });
    } catch (error) {
      throw brokeOff(target, error);
    } finally {
      await target.close();
    }
  } finally {
    await folder.close();
  }
}

async function move(
  folder: FolderToMove,
  target: TargetRows,
  { tell, onBegin, signal }: MoveOptions & { readonly signal: AbortSignal },
): Promise<Moved> {
  const { path, mark, fingerprint, rows } = folder;
  const { shown: to } = target;
  const found = await findRecord(folder, target);
  if (found?.state === 'moved' && mark?.state === 'moved')
    return { to, fingerprint, at: mark.at, copied: 0, compared: undefined };
  signal.throwIfAborted();
  onBegin?.();
  let copied = 0;
  let compared: number | undefined;
  const begun = found ?? (await begin(folder, target));
  if (begun.state === 'copying') {
    const all = await copyRows(rows, target, begun, { onRows: progress('copied', tell), signal });
    await requireKeys(folder, target);
    compared = await compareRows(rows, target, { onRows: progress('compared', tell), signal });
    copied = all.copied;
    await target.finish(all.record);
  }
  const { at } = await writeMark(path, { id: begun.id, to, state: 'moved' });
  return { to, fingerprint, at, copied, compared };
}

/** What to do if the database went away. */
function brokeOff({ shown }: TargetRows, error: unknown): unknown {
  if (!(error instanceof ShoalError) || !AWAY.has(error.code)) return error;
  const why = error.cause instanceof Error ? ` (${error.cause.message})` : '';
  return new ShoalError(
    error.code,
    `${shown} failed${why}: correct that, and run the same command again, which goes on where it was.`,
    { cause: error },
  );
}

/** From here on, no tracker starts with the folder, nor with the database. */
async function begin({ path, mark, keys }: FolderToMove, target: TargetRows): Promise<MoveRecord> {
  const [first] = MOVED_TABLES;
  const id = mark?.to === target.shown ? mark.id : randomUUID(); // a part that lies elsewhere is of another move
  const record: MoveRecord = { id, state: 'copying', table: first.name, rows: 0 };
  await writeMark(path, { id: record.id, to: target.shown, state: 'moving' });
  await target.begin(keys, record);
  return record;
}

/** @throws ShoalError `DATA_DIR_INVALID` */
async function requireKeys({ keys }: FolderToMove, target: TargetRows): Promise<void> {
  const there = await target.keys();
  for (const [name, value] of keys)
    if (there.get(name) !== value) throw differs(target.shown, `the ${name} is another one`);
}

/** Tells at the end of each table how many of its rows are done, and every two seconds meanwhile. */
function progress(done: string, tell: (line: string) => void): Course['onRows'] {
  let toldMs = performance.now();
  return (table, rows, total) => {
    if (rows === 0 || (rows < total && performance.now() - toldMs < TELL_EVERY_MS)) return;
    toldMs = performance.now();
    tell(`${done} ${rows.toLocaleString('en')} of ${total.toLocaleString('en')} rows of ${table}`);
  };
}
