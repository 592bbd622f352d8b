import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import type * as z from 'zod';
import { Program } from '../../e2e/support/processes.js';
import { bunRuntime } from '../../e2e/support/runtimes.js';
import {
  type Command,
  DIALLED,
  type End,
  HELLO,
  type Hello,
  KNOCKED,
  type Knock,
  type Manner,
  MET_ALL,
  type Met,
} from './end.js';

const PROGRAM = fileURLToPath(new URL('program.ts', import.meta.url));

/** The same, from the same sources, in a process of Bun, whose TLS is BoringSSL. */
export class BunEnd implements End {
  readonly deviceId: string;
  readonly port: number;
  readonly library: string;
  readonly #program: Program;

  private constructor(program: Program, { deviceId, port, library }: Hello) {
    this.#program = program;
    this.deviceId = deviceId;
    this.port = port;
    this.library = library;
  }

  static async open(): Promise<BunEnd> {
    const program = new Program(PROGRAM, [], { runtime: bunRuntime() });
    try {
      return new BunEnd(program, await answer(program, HELLO));
    } catch (error) {
      await program.kill();
      throw error;
    }
  }

  dial(port: number, deviceId: string, ticket: string): Promise<string> {
    return this.#ask({ do: 'dial', port, deviceId, ticket }, DIALLED);
  }

  knock(port: number, manner: Manner, ticket: string): Promise<Knock> {
    return this.#ask({ do: 'knock', port, manner, ticket }, KNOCKED);
  }

  met(ticket: string): Promise<Met[]> {
    return this.#ask({ do: 'met', ticket }, MET_ALL);
  }

  async close(): Promise<void> {
    await this.#program.stop();
    assert.equal(this.#program.stderr, '');
  }

  #ask<T>(command: Command, schema: z.ZodType<T>): Promise<T> {
    this.#program.write(`${JSON.stringify(command)}\n`);
    return answer(this.#program, schema);
  }
}

async function answer<T>(program: Program, schema: z.ZodType<T>): Promise<T> {
  return schema.parse(JSON.parse(await program.line(20_000)));
}
