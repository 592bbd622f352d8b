/** Refuses a run with stale workers. Engine and tracker start the built workers, so tests would pass on outdated code. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');

interface Built {
  /** Folders whose sources the workers are built from. */
  readonly sources: readonly string[];
  readonly workers: string;
}

const BUILT: readonly Built[] = [
  { sources: ['sdk'], workers: 'sdk/dist/workers' },
  { sources: ['tracker/accounts'], workers: 'tracker/dist/workers' },
];

const NO_SOURCES: ReadonlySet<string> = new Set(['node_modules', 'dist', 'bin']);

interface Changed {
  readonly path: string;
  readonly atMs: number;
}

export const mochaHooks = {
  beforeAll() {
    for (const built of BUILT) {
      const why = staleness(ROOT, built);
      if (why !== undefined) throw new Error(`${why}: run \`npm run build\`, then the tests again.`);
    }
  },
};

/** Why the built workers are older than the sources; undefined if they are current. */
export function staleness(root: string, { sources, workers }: Built): string | undefined {
  const built = filesBelow(root, workers, '.cjs').toSorted((a, b) => a.atMs - b.atMs);
  const [oldest] = built;
  if (!oldest) return `${workers} has no workers`;
  const newer = sources.flatMap((folder) => filesBelow(root, folder, '.ts')).find(({ atMs }) => atMs > oldest.atMs);
  return newer && `${newer.path} is newer than ${oldest.path}`;
}

function filesBelow(root: string, folder: string, ending: string): Changed[] {
  return entriesOf(join(root, folder)).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return NO_SOURCES.has(entry.name) ? [] : filesBelow(root, path, ending);
    return entry.name.endsWith(ending) ? [{ path, atMs: statSync(join(root, path)).mtimeMs }] : [];
  });
}

function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}
