import { close, constants, fstat, open } from 'node:fs';
import { Socket } from 'node:net';
import { promisify } from 'node:util';
import { ShoalError } from '../protocol/index.js';
import { decodeText } from './decode-text.js';
import { readStart } from './read-file.js';

const [openFile, closeFile, statFile] = [promisify(open), promisify(close), promisify(fstat)];

/**
 * Reads the text of a user's file or pipe, such as a process substitution of a shell, in an encoding of `decodeText`.
 * It blocks no thread, so the signal can end the wait for a pipe that nobody writes to.
 * @throws ShoalError `NOT_A_FILE`, `INVALID_ARGUMENT` if it is longer or in another encoding; errors of the file system
 * and the reason of the signal as they are
 */
export async function readTextWithin(path: string, mostBytes: number, signal?: AbortSignal): Promise<string> {
  const text = decodeText(await readBytesWithin(path, mostBytes, signal));
  if (text !== undefined) return text;
  throw new ShoalError('INVALID_ARGUMENT', `${path} is neither in UTF-8 nor in UTF-16: save it as UTF-8.`);
}

async function readBytesWithin(path: string, mostBytes: number, signal: AbortSignal | undefined): Promise<Buffer> {
  const fd = await openFile(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  let isOurs = true;
  try {
    const stats = await statFile(fd);
    if (stats.isFile()) {
      if (stats.size > mostBytes) throw tooLong(path, mostBytes);
      return await readStart(fd, mostBytes);
    }
    if (!stats.isFIFO()) throw new ShoalError('NOT_A_FILE', `${path} is neither a file nor a pipe: name a file.`);
    const pipe = new Socket({ fd, readable: true, writable: false });
    isOurs = false; // the socket closes the descriptor
    return await readPipe(pipe, () => tooLong(path, mostBytes), mostBytes, signal);
  } finally {
    if (isOurs) await closeFile(fd);
  }
}

async function readPipe(
  pipe: Socket,
  tooMuch: () => ShoalError,
  mostBytes: number,
  signal: AbortSignal | undefined,
): Promise<Buffer> {
  const stop = () => pipe.destroy(signal?.reason instanceof Error ? signal.reason : new Error('stopped'));
  signal?.addEventListener('abort', stop);
  try {
    if (signal?.aborted) stop();
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of pipe as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > mostBytes) throw tooMuch();
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  } finally {
    signal?.removeEventListener('abort', stop);
    pipe.destroy();
  }
}

function tooLong(path: string, mostBytes: number): ShoalError {
  return new ShoalError(
    'INVALID_ARGUMENT',
    `${path} has more than ${mostBytes} bytes: check that it is the right file.`,
  );
}
