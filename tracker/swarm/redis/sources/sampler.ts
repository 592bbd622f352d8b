import type { Candidate } from '../../choose-sources.js';
import type { MemorySwarm } from '../../memory-swarm.js';
import type { Holding, KnownSource } from '../../swarm.js';
import type { RemoteSources } from './remote-sources.js';

/** A source, and its node. */
export interface Sampled {
  readonly source: KnownSource;
  readonly node: string;
}

/** A candidate for an answer. A source of this node is known already. */
interface Drawn extends Candidate {
  readonly deviceId: string;
  readonly node: string;
  readonly known: KnownSource | undefined;
}

export interface SamplerParts {
  readonly node: string;
  readonly local: MemorySwarm;
  readonly remote: RemoteSources;
  /** uniform in [0, 1) */
  readonly random: () => number;
}

/** Samples the sources of a content on all nodes. */
export class Sampler {
  readonly #parts: SamplerParts;

  constructor(parts: SamplerParts) {
    this.#parts = parts;
  }

  /** At most `limit` sources, except some. */
  async sample(holding: Holding, limit: number, except: ReadonlySet<string>): Promise<KnownSource[]> {
    const { local, remote, random } = this.#parts;
    const { drawn, isAll } = await this.#draw(holding, except);
    // What this node knows of its own devices may not be written yet.
    const here = isAll
      ? local.candidates(holding, except).map((one) => this.#here(one))
      : drawn.filter(({ known }) => known);
    const candidates = [...here, ...drawn.filter(({ known }) => !known)];
    return (await remote.choose(candidates, limit, random)).map(({ source }) => source);
  }

  /** At most `limit` sources of other nodes. */
  async elsewhere(holding: Holding, limit: number): Promise<Sampled[]> {
    const { drawn } = await this.#draw(holding, new Set());
    return this.#parts.remote.choose(
      drawn.filter(({ known }) => !known),
      limit,
      this.#parts.random,
    );
  }

  async #draw(holding: Holding, except: ReadonlySet<string>): Promise<{ drawn: Drawn[]; isAll: boolean }> {
    const { node, local, remote } = this.#parts;
    const { holders, isAll } = await remote.draw(holding);
    const drawn = holders.flatMap((holder): Drawn[] => {
      if (except.has(holder.deviceId)) return [];
      // This node knows better than the cluster what its devices have, and who is here is nowhere else.
      if (holder.node === node || local.online(holder.deviceId)) {
        const source = local.sourceOf(holder.deviceId, holding);
        const held = source && local.held(holder.deviceId, holding);
        return held ? [this.#here({ ...held, source })] : [];
      }
      return holder.serves ? [{ ...holder, known: undefined }] : [];
    });
    return { drawn, isAll };
  }

  #here({ source, ...candidate }: Candidate & { readonly source: KnownSource }): Drawn {
    return { ...candidate, deviceId: source.deviceId, node: this.#parts.node, known: source };
  }
}
