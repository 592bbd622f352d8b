import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type * as z from 'zod';
import type { Host } from '../../e2e/swarm/network.js';
import { ANSWER } from './messages.js';

/**
 * A person at an editor, whose server and browser run in a home's network like the process itself: nothing leads around the router.
 */
export class PersonProcess {
  readonly #child: ChildProcess;
  readonly #ended: Promise<never>;

  /** @param module the program, which serves its steps with `servePerson` */
  constructor(module: string, args: readonly string[], { within: [nsenter = '', ...flags] }: Host) {
    this.#child = fork(module, args, {
      execPath: nsenter,
      execArgv: [...flags, process.execPath, '--import', 'tsx'],
    });
    this.#ended = once(this.#child, 'exit').then(([code, signal]) => {
      throw new Error(`${module} ended with ${String(code ?? signal)}`);
    });
    this.#ended.catch(() => {}); // whoever calls next hears of it
  }

  /** Has the person take a step. One step at a time. */
  async call<T>(step: string, schema: z.ZodType<T>, argument = ''): Promise<T> {
    const answered = once(this.#child, 'message');
    this.#child.send({ step, argument });
    const [message] = (await Promise.race([answered, this.#ended])) as [unknown];
    return schema.parse(ANSWER.parse(message).answer);
  }

  /** Lets the person put everything away. */
  async close(): Promise<void> {
    this.#child.disconnect();
    await this.#ended.catch(() => {});
  }
}
