import { readFileSync } from 'node:fs';
import type { ShoalError } from '@shoal/sdk/protocol';

/** Makes the error of a malformed address of words that follow "it", without the password. */
export type Malformed = (what: string) => ShoalError;

/** A part of an address of a server, such as a password, without its `%` escapes. @throws ShoalError as `malformed` makes it */
export function decodedPart(text: string, malformed: Malformed): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw malformed('has a % that is not followed by two hexadecimal digits');
  }
}

/** The file that a parameter names, if it is there. @throws ShoalError as `malformed` makes it */
export function fileNamed(parameter: string, parameters: URLSearchParams, malformed: Malformed): Buffer | undefined {
  const path = parameters.get(parameter);
  if (path === null) return undefined;
  try {
    return readFileSync(path);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw malformed(`names a file for ${parameter} that cannot be read (${why})`);
  }
}
