/** A set of test files that usually runs in one process, named for what it covers. */
export interface Group {
  readonly name: string;
  readonly files: readonly string[];
  /**
   * Windows of an editor, which want much of the computer: they run after the other groups, and each file in a process of its own, for
   * mocha leaves out all later suites after a failure in one that stops there.
   */
  readonly runsLast: boolean;
}

interface Rule {
  readonly name: string;
  /** Paths below `test/` that begin with one of these belong to the group. */
  readonly paths: readonly string[];
  readonly runsLast?: true;
}

/** In the order in which groups start: the longest first. The rule with the longest path that matches decides. */
const RULES: readonly Rule[] = [
  { name: 'client', paths: ['sdk/client/'] },
  {
    name: 'shares',
    paths: ['shares', 'shared-folders', 'folders', 'library', 'kept', 'versions'].map((room) => `sdk/client/${room}/`),
  },
  { name: 'faults', paths: ['e2e/faults/', 'e2e/hostile/'] },
  { name: 'engine', paths: ['sdk/engine/'] },
  { name: 'agent', paths: ['agent', 'daemon', 'editor', 'host', 'remote'].map((room) => `extension/${room}/`) },
  { name: 'terminal', paths: ['e2e/terminal/', 'e2e/inspect/', 'e2e/boringssl/'] },
  { name: 'transfer', paths: ['e2e/transfer/', 'e2e/folders/', 'e2e/swarm/'] },
  { name: 'packaging', paths: ['packaging/'] },
  { name: 'programs', paths: ['e2e/tracker/', 'tracker/program/', 'tracker/lock.test.ts'] },
  { name: 'tracker', paths: ['tracker/'] },
  // Nothing here depends on the version of Node: arithmetic, texts, documents, and what bundlers make of the packages.
  {
    name: 'logic',
    paths: ['sdk/transfer/', 'extension/', 'sim/', 'docs/', 'runner/', 'packaging/bundling.'],
  },
  { name: 'editor', paths: ['editor/'], runsLast: true },
];
const REST = 'rest';

export const GROUP_NAMES: readonly string[] = [...RULES.map(({ name }) => name), REST];

/** @param files paths below `test/`, with slashes */
export function groupFiles(files: readonly string[]): Group[] {
  return [...RULES, { name: REST, paths: [], runsLast: undefined }]
    .map(({ name, runsLast = false }) => ({ name, files: files.filter((file) => groupOf(file) === name), runsLast }))
    .filter((group) => group.files.length > 0);
}

function groupOf(file: string): string {
  const matching = RULES.flatMap(({ name, paths }) =>
    paths.filter((path) => file.startsWith(path)).map((path) => ({ name, length: path.length })),
  );
  return matching.toSorted((a, b) => b.length - a.length)[0]?.name ?? REST;
}
