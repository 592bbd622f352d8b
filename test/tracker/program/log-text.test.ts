import assert from 'node:assert/strict';
import fc from 'fast-check';
import { pino } from 'pino';
import { LogStream } from '../../../tracker/program/log-stream.js';
import { logText } from '../../../tracker/program/log-text.js';

/** The log of these calls at a terminal. */
function shown(log: (logger: ReturnType<typeof pino>) => void): string {
  const chunks: Buffer[] = [];
  const write = (bytes: Uint8Array) => {
    chunks.push(Buffer.from(bytes));
    return bytes.length;
  };
  log(pino({ level: 'debug' }, new LogStream(write, logText)));
  return Buffer.concat(chunks).toString();
}

describe('the log at a terminal', () => {
  it('has one line per event: time, level, message, fields', () => {
    const text = shown((logger) => {
      logger.info({ userId: 'ann', address: '192.0.2.7', isKnownUser: false }, 'signed in');
      logger.warn('beware');
    });
    const [first, second, end] = text.split('\n');
    assert.match(
      first ?? '',
      /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d info {2}signed in {2}userId=ann {2}address=192\.0\.2\.7 {2}isKnownUser=false$/,
    );
    assert.match(second ?? '', / warn {2}beware$/);
    assert.equal(end, '');
  });

  it('shows the stack of an error below its line', () => {
    const text = shown((logger) =>
      logger.error({ err: new Error('no such thing'), method: 'login' }, 'a request failed'),
    );
    assert.match(text, / ERROR a request failed {2}method=login\n {4}Error: no such thing\n {4}.*at /);
  });

  it('escapes control characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (userId, msg) => {
        const text = shown((logger) => logger.info({ userId }, msg));
        assert.equal(text.indexOf('\n'), text.length - 1);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there
        assert.doesNotMatch(text.slice(0, -1), /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/u);
      }),
    );
  });

  it('keeps other lines', () => {
    for (const line of ['not JSON\n', '{"a":1}\n', '']) assert.equal(logText(line), line);
  });
});
