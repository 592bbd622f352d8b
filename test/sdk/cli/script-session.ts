import { PassThrough } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { PeerClient } from '../../../sdk/cli/client.js';
import { type NoticeKind, quietly } from '../../../sdk/cli/display/display.js';
import { PlainDisplay } from '../../../sdk/cli/display/plain-display.js';
import { announce } from '../../../sdk/cli/notices.js';
import { runScript } from '../../../sdk/cli/script.js';
import { Shell } from '../../../sdk/cli/shell.js';
import type { Download, LoginResult } from '../../../sdk/index.js';
import { fakeClient } from './fake-client.js';

export interface SessionOptions {
  readonly exitAtEnd?: boolean;
  readonly debug?: boolean;
  readonly quiet?: boolean;
  readonly timeLimitMs?: number;
}

/** A script session whose input stays open until it is ended. */
export class ScriptSession {
  readonly input = new PassThrough();
  readonly #stdout = new PassThrough({ encoding: 'utf8', highWaterMark: 2 ** 20 });
  readonly #stderr = new PassThrough({ encoding: 'utf8', highWaterMark: 2 ** 20 });
  readonly #stop = new AbortController();
  readonly shell: Shell;
  readonly ended: Promise<void>;

  constructor(
    client: PeerClient,
    { exitAtEnd = true, debug = false, quiet = false, timeLimitMs }: SessionOptions = {},
  ) {
    const plain = new PlainDisplay(this.#stdout, this.#stderr, debug);
    const display = quiet ? quietly(plain) : plain;
    this.shell = new Shell({ client, display, quoting: 'posix', timeLimitMs });
    const show = (text: string, kind: NoticeKind) => display.notice(text, kind);
    announce({ client, quoting: 'posix', show, isReported: (download) => this.shell.reports(download) });
    const { input, shell } = this;
    this.ended = runScript({ client, shell, display, input, exitAtEnd, stop: this.#stop.signal });
  }

  /** Writes a line and waits until something is answered. */
  async say(line: string): Promise<string> {
    this.input.write(`${line}\n`);
    for (;;) {
      const answer = this.output();
      if (answer !== '') return answer;
      await delay(1);
    }
  }

  output(): string {
    return String(this.#stdout.read() ?? '');
  }

  notices(): string {
    return String(this.#stderr.read() ?? '');
  }

  stop(): void {
    this.#stop.abort();
  }
}

/** What a whole script writes to standard output. */
export async function outputOf(client: PeerClient, script: string): Promise<{ output: string; failed: boolean }> {
  const session = new ScriptSession(client);
  session.input.end(script);
  await session.ended;
  return { output: session.output(), failed: session.shell.failed };
}

/** A sign-in without shares. */
export const LOGIN: LoginResult = {
  userId: 'alice',
  sessionToken: 't',
  restored: [],
  lost: [],
  checking: [],
  unavailable: [],
};
/** A client with these downloads. */
export const downloading = (...downloads: Download[]) => fakeClient({ downloads: () => downloads });

/** Waits until standard error has a match. */
export async function untilSaid(session: ScriptSession, text: RegExp): Promise<void> {
  while (!text.test(session.notices())) await delay(1);
}
