import { basename, dirname, join } from 'node:path';

/** An ending of two parts, such as that of a compressed archive, stays together. */
const ENDING = /(?:\.tar)?\.[^. ]{1,12}$/i;

/** The first free one of `name (2).txt`, `name (3).txt`, … beside a file. */
export async function freePathBeside(path: string, isTaken: (path: string) => Promise<boolean>): Promise<string> {
  const [whole, ending] = parted(basename(path));
  const stem = whole.replace(/ \(\d{1,9}\)$/, '');
  for (let number = 2; ; number++) {
    const beside = join(dirname(path), `${stem} (${number})${ending}`);
    if (!(await isTaken(beside))) return beside;
  }
}

/** `name (version 3).txt` */
export function withAddition(name: string, addition: string): string {
  const [stem, ending] = parted(name);
  return `${stem} (${addition})${ending}`;
}

/** The stem and the ending of a name. */
function parted(name: string): [string, string] {
  const found = ENDING.exec(name);
  const dot = found && found.index > 0 ? found.index : name.length; // `.profile` is a name, not an ending
  return [name.slice(0, dot), name.slice(dot)];
}
