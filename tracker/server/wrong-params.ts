import { ShoalError } from '@shoal/sdk/protocol';

/** The names of parameters, for people. */
const NAMES: Partial<Record<string, string>> = {
  userId: 'user name',
  groupId: 'group name',
  fileName: 'file name',
  password: 'password',
  newPassword: 'new password',
};

/** Describes what is wrong with the parameters of a request; `path` leads to the first invalid one. */
export function wrongParams(method: string, params: unknown, path: readonly PropertyKey[]): ShoalError {
  const name = NAMES[String(path.at(-1))];
  const value = path.reduce<unknown>((parent, key) => memberOf(parent, key), params);
  return new ShoalError('INVALID_ARGUMENT', name === undefined ? askedWrongly(method, path) : wrongWord(name, value));
}

/** An error in a value that a person typed. */
function wrongWord(name: string, value: unknown): string {
  if (value === '') return `The ${name} is empty: write at least one character.`;
  if (typeof value === 'string') return `The ${name} is too long: choose a shorter one.`;
  return `The ${name} is missing, or is not text.`;
}

function askedWrongly(method: string, path: readonly PropertyKey[]): string {
  const where = path.length === 0 ? 'its parameters are' : `its parameter ${path.join('.')} is`;
  return `${method} was called incorrectly: ${where} missing or malformed.`;
}

function memberOf(parent: unknown, key: PropertyKey): unknown {
  if (typeof parent !== 'object' || parent === null) return undefined;
  return Object.getOwnPropertyDescriptor(parent, key)?.value;
}
