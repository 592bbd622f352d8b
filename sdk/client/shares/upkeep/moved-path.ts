import { dirname } from 'node:path';

/** The path of a file after files and folders were moved; undefined if no move is about it. The innermost move counts. */
export function movedPath(path: string, moves: ReadonlyMap<string, string>): string | undefined {
  for (let place = path; ; place = dirname(place)) {
    const to = moves.get(place);
    if (to !== undefined) return to === place ? undefined : to + path.slice(place.length);
    if (place === dirname(place)) return undefined;
  }
}
