import { ShoalError } from '@shoal/sdk/protocol';

/** Writes to standard output. @throws ShoalError if the output is lost, because that is a failure */
export async function print(text: string): Promise<void> {
  process.stdout.on('error', () => {}); // the write itself tells of it
  await new Promise<void>((resolve, reject) => {
    process.stdout.write(text, (error) => {
      if (error) reject(lost(error));
      else resolve();
    });
  });
}

/** Whether the reader of the output went away, which programs in a pipeline do not report. */
export function isReaderGone(thrown: unknown): boolean {
  const cause = thrown instanceof ShoalError ? thrown.cause : undefined;
  return cause instanceof Error && 'code' in cause && cause.code === 'EPIPE';
}

function lost(error: Error): ShoalError {
  const { code, message } = ShoalError.from(error);
  return new ShoalError(code, `Standard output cannot be written. ${message}`, { cause: error });
}
