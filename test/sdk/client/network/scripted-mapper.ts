import type { MakeMapper, Mapper } from '../../../../sdk/client/network/port-mapping.js';
import type { MappingState } from '../../../../sdk/reach/portmap/index.js';

type Options = Parameters<MakeMapper>[0];

/** No mapping, after both tries. */
export const DEAD: MappingState = { kind: 'none', fault: 'dead', why: 'Nobody gets through.' };

/** A mapper that sends nothing: a test says what the router does. */
export class ScriptedMapper implements Mapper {
  readonly nonce: Uint8Array | undefined;
  /** What it was asked for, in order. */
  readonly calls: string[] = [];
  /** Called when it deletes its mapping. */
  onClose: () => Promise<void> = () => Promise.resolve();
  readonly #onChange: (state: MappingState) => void;

  constructor({ onChange, nonce }: Options) {
    this.#onChange = onChange;
    this.nonce = nonce;
  }

  becomes(state: MappingState): void {
    this.#onChange(state);
  }

  start(port: number): void {
    this.calls.push(`start ${port}`);
  }

  networkChanged(): void {
    this.calls.push('networkChanged');
  }

  failed(): void {
    this.calls.push('failed');
    this.becomes({ kind: 'asking' });
  }

  confirmed(): void {
    this.calls.push('confirmed');
  }

  close(): Promise<void> {
    this.calls.push('close');
    return this.onClose();
  }
}
