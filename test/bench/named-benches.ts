import { run } from '../support/run.js';

export interface Bench {
  /** What it measures, in one line. */
  readonly says: string;
  /** The npm script that builds what it runs; absent if it runs the sources. */
  readonly needs?: 'build' | 'package';
  /** Runs it with the remaining options in `process.argv`. */
  readonly start: () => Promise<unknown>;
}

interface Choice {
  /** What stands before the name on the command line. */
  readonly command: string;
  /** What all of them do, for the help. */
  readonly says: string;
  readonly benches: Readonly<Record<string, Bench>>;
  /** The one that runs without a name. Without it, a name is needed. */
  readonly usual?: string;
}

const CANNOT_BEGIN = 2;

/** Runs the benchmark that the first argument names, after it has built what the benchmark needs. */
export async function startNamed(choice: Choice): Promise<void> {
  const { command, benches, usual } = choice;
  const [first] = process.argv.slice(2);
  const isNamed = first !== undefined && !first.startsWith('-');
  const name = isNamed ? first : usual;
  if (first === '--help' || name === undefined) {
    process.stdout.write(helpOf(choice));
    return;
  }
  const bench = Object.hasOwn(benches, name) ? benches[name] : undefined;
  if (!bench) {
    process.stderr.write(`There is no bench ${name}: see ${command} --help\n`);
    process.exitCode = CANNOT_BEGIN;
    return;
  }
  if (isNamed) process.argv.splice(2, 1); // the rest are the benchmark's own options
  if (bench.needs && !process.argv.includes('--help')) {
    process.stderr.write('building what is measured ...\n'); // it takes a minute on a busy machine
    await run('npm', ['run', bench.needs, '--silent']);
  }
  await bench.start();
}

function helpOf({ command, says, benches, usual }: Choice): string {
  const width = Math.max(...Object.keys(benches).map((name) => name.length));
  const lines = Object.entries(benches).map(([name, bench]) => `  ${name.padEnd(width)} ${bench.says}`);
  return `${command} ${usual === undefined ? 'NAME' : '[NAME]'} [OPTIONS]
${command} NAME --help

${says}

${lines.join('\n')}
`;
}
