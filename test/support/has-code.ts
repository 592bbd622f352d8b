/** For `assert.throws` and `assert.rejects`: matches an error with this code. */
export function hasCode(code: string): (error: unknown) => boolean {
  return (error) => error instanceof Error && 'code' in error && error.code === code;
}
