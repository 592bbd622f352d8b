import { ShoalError } from '@shoal/sdk/protocol';

/** Writes to standard output. @throws ShoalError when it does not arrive: what nobody gets is no success */
export async function print(text: string): Promise<void> {
  process.stdout.on('error', () => {}); // the write itself tells of it
  await new Promise<void>((resolve, reject) => {
    process.stdout.write(text, (error) => {
      if (error) reject(lost(error));
      else resolve();
    });
  });
}

/** Whether output is lost because its reader went away, of which programs in a pipeline say nothing. */
export function isReaderGone(thrown: unknown): boolean {
  const cause = thrown instanceof ShoalError ? thrown.cause : undefined;
  return cause instanceof Error && 'code' in cause && cause.code === 'EPIPE';
}

function lost(error: Error): ShoalError {
  const { code, message } = ShoalError.from(error);
  return new ShoalError(code, `Standard output cannot be written. ${message}`, { cause: error });
}
