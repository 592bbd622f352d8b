/** A set of test files that runs in one process, named for what it covers. */
export interface Group {
  readonly name: string;
  readonly files: readonly string[];
  /** A group that needs the whole computer: an editor window, or a thousand connections. It runs after the others. */
  readonly runsAlone: boolean;
}

interface Rule {
  readonly name: string;
  /** Paths below `test/` that begin with one of these belong to the group. */
  readonly paths: readonly string[];
  readonly runsAlone?: true;
}

/** In the order in which groups start: the longest first. The first rule that matches a file decides. */
const RULES: readonly Rule[] = [
  { name: 'client', paths: ['sdk/client/'] },
  { name: 'faults', paths: ['e2e/faults/', 'e2e/hostile/'] },
  { name: 'engine', paths: ['sdk/engine/'] },
  { name: 'extension', paths: ['extension/'] },
  { name: 'tracker', paths: ['tracker/'] },
  { name: 'terminal', paths: ['e2e/terminal/', 'e2e/inspect/', 'e2e/boringssl/'] },
  { name: 'transfer', paths: ['e2e/transfer/', 'e2e/folders/', 'e2e/swarm/'] },
  { name: 'packaging', paths: ['packaging/'] },
  { name: 'kills', paths: ['e2e/tracker/'] },
  { name: 'editor', paths: ['editor/'], runsAlone: true },
];
const REST = 'rest';

export const GROUP_NAMES: readonly string[] = [...RULES.map(({ name }) => name), REST];

/** @param files paths below `test/`, with slashes */
export function groupFiles(files: readonly string[]): Group[] {
  const ruleOf = (file: string) => RULES.find(({ paths }) => paths.some((path) => file.startsWith(path)));
  return GROUP_NAMES.map((name) => ({
    name,
    files: files.filter((file) => (ruleOf(file)?.name ?? REST) === name),
    runsAlone: RULES.some((rule) => rule.name === name && rule.runsAlone === true),
  })).filter((group) => group.files.length > 0);
}
