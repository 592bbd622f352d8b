import { nameKey, parseFilePath, type SharedFile, ShoalError } from '../../protocol/index.js';
import { localFileName } from '../local/local-name.js';

/** A file of a folder, and its path below the destination. */
export interface PlacedFile {
  readonly file: SharedFile;
  readonly segments: readonly string[];
}

/** A file without a valid path, and why. */
export interface Misplaced {
  readonly file: SharedFile;
  readonly error: ShoalError;
}

/**
 * Chooses the path of each listed file. The tracker's list is not trusted: every segment is checked again. If two files
 * would be the same file on some disk, or a file and a folder have the same name, the first one wins.
 */
export function placeFiles(
  folder: string,
  files: readonly SharedFile[],
  platform: NodeJS.Platform,
): { placed: PlacedFile[]; misplaced: Misplaced[] } {
  const placed: PlacedFile[] = [];
  const misplaced: Misplaced[] = [];
  /** The kind of each path in use, by its key. */
  const taken = new Map<string, 'file' | 'folder'>();
  for (const file of files) {
    try {
      const segments = segmentsBelow(folder, file.fileName).map((segment) => localFileName(segment, platform));
      take(taken, segments);
      placed.push({ file, segments });
    } catch (error) {
      misplaced.push({ file, error: ShoalError.from(error) });
    }
  }
  return { placed, misplaced };
}

/**
 * Chooses the paths of empty folders. The tracker's list is not trusted here either: what does not lie below the folder, or where a
 * file is to be, is left out.
 */
export function placeFolders(
  folder: string,
  names: readonly string[],
  files: readonly PlacedFile[],
  platform: NodeJS.Platform,
): (readonly string[])[] {
  const taken = new Set(files.map(({ segments }) => nameKey(segments.join('/'))));
  return names.flatMap((name) => {
    try {
      const segments = segmentsBelow(folder, name).map((segment) => localFileName(segment, platform));
      return keysOf(segments).some((key) => taken.has(key)) ? [] : [segments];
    } catch {
      return [];
    }
  });
}

function segmentsBelow(folder: string, fileName: string): string[] {
  const above = folder.split('/');
  const segments = parseFilePath(fileName).split('/');
  const isBelow =
    segments.length > above.length && above.every((one, at) => nameKey(one) === nameKey(segments[at] ?? ''));
  if (!isBelow) throw invalid(fileName, `it is not in ${folder}`);
  return segments.slice(above.length);
}

function take(taken: Map<string, 'file' | 'folder'>, segments: readonly string[]): void {
  const keys = keysOf(segments);
  const name = segments.join('/');
  for (const [at, key] of keys.entries()) {
    const isFile = at === keys.length - 1;
    const there = taken.get(key);
    if (there === 'file' || (there === 'folder' && isFile)) {
      throw new ShoalError(
        'NAME_TAKEN',
        `${name} would stand where another file of the folder does: fetch it by itself, to another place.`,
      );
    }
  }
  for (const [at, key] of keys.entries()) taken.set(key, at === keys.length - 1 ? 'file' : 'folder');
}

/** The keys of a path and of the folders above it, the innermost last. */
function keysOf(segments: readonly string[]): string[] {
  return segments.map((_, at) => nameKey(segments.slice(0, at + 1).join('/')));
}

function invalid(name: string, why: string): ShoalError {
  return new ShoalError(
    'INVALID_NAME',
    `The tracker lists ${JSON.stringify(name.slice(0, 100))}, which has no place here: ${why}.`,
  );
}
