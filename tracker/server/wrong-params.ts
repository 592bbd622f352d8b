import { ShoalError } from '@shoal/sdk/protocol';

/** What people call the parameters that they give. */
const NAMES: Partial<Record<string, string>> = {
  userId: 'user name',
  groupId: 'group name',
  fileName: 'file name',
  password: 'password',
  newPassword: 'new password',
};

/** Tells what is wrong with a request's parameters, of which the one at `path` is the first. */
export function wrongParams(method: string, params: unknown, path: readonly PropertyKey[]): ShoalError {
  const name = NAMES[String(path.at(-1))];
  const value = path.reduce<unknown>((parent, key) => memberOf(parent, key), params);
  return new ShoalError('INVALID_ARGUMENT', name === undefined ? askedWrongly(method, path) : wrongWord(name, value));
}

/** A person gave it, as a program took it from them. */
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
