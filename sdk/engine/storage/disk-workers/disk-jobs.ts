import { decodeManifest, ShoalError } from '../../../protocol/index.js';
import { Bitfield } from '../../../transfer/index.js';
import type { DiskAnswer, DiskOrder } from './disk-messages.js';
import { PieceVerifier } from './piece-verifier.js';

/** Pieces between two checks for messages. */
const TURN_STEPS = 8;

/** Writes and checks what several downloads fetch; they take turns, piece by piece. */
export class DiskJobs {
  readonly #memory: SharedArrayBuffer;
  readonly #answer: (message: DiskAnswer) => void;
  readonly #jobs = new Map<number, PieceVerifier>();
  #isWorking = false;

  /** @param memory where pieces arrive, by their slots */
  constructor(memory: SharedArrayBuffer, answer: (message: DiskAnswer) => void) {
    this.#memory = memory;
    this.#answer = answer;
  }

  handle(order: DiskOrder): void {
    if (order.type === 'share') {
      for (const [id, job] of this.#jobs) {
        job.setMaxAhead(order.maxAhead);
        this.#answerFindings(id, job);
      }
      return;
    }
    const { id } = order;
    const job = this.#jobs.get(id);
    switch (order.type) {
      case 'open':
        this.#attempt(id, () => {
          const manifest = decodeManifest(order.manifest);
          const verified = Bitfield.fromBytes(order.verified, manifest.pieceCount);
          this.#jobs.set(id, new PieceVerifier(order.part, manifest, verified, this.#memory, order.maxAhead));
        });
        break;
      case 'keep':
        job?.trust(order.trusted);
        for (const piece of order.pieces)
          job?.keep(piece, (error) => {
            if (this.#jobs.get(id) !== job) return; // the job ended meanwhile
            if (error) this.#fail(id, error);
            else if (!this.#isWorking) this.#answerResults(id, job);
          });
        break;
      case 'close':
        this.#end(id);
        break;
    }
    if (!this.#isWorking) this.#work();
  }

  /** Reports earlier results first: they are kept, whatever became of the rest. */
  #fail(id: number, thrown: unknown): void {
    const { code, message } = ShoalError.from(thrown, 'DISK_ERROR');
    this.#end(id, () => this.#answer({ id, type: 'failed', code, message }));
  }

  /** Runs a step of a job. An error ends the job. */
  #attempt<T>(id: number, act: () => T): T | undefined {
    try {
      return act();
    } catch (thrown) {
      this.#fail(id, thrown);
      return undefined;
    }
  }

  #end(id: number, tellWhy = () => {}): void {
    const job = this.#jobs.get(id);
    this.#jobs.delete(id);
    const closed = () => {
      if (job) this.#answerFindings(id, job);
      tellWhy();
      this.#answer({ id, type: 'closed' });
    };
    if (job)
      void job.close().then(closed, closed); // failed writes were reported before
    else closed();
  }

  #work(): void {
    this.#isWorking = true;
    for (let turn = 0; turn < TURN_STEPS; turn++) {
      let isBusy = false;
      for (const [id, job] of this.#jobs) if (this.#attempt(id, () => job.step())) isBusy = true;
      if (isBusy) continue;
      this.#isWorking = false;
      break;
    }
    for (const [id, job] of this.#jobs) this.#answerResults(id, job);
    if (this.#isWorking) setImmediate(() => this.#work());
  }

  #answerFindings(id: number, job: PieceVerifier): void {
    const found = job.takeFindings();
    if (found) this.#answer({ id, type: 'checked', ...found });
  }

  #answerResults(id: number, job: PieceVerifier): void {
    this.#answerFindings(id, job);
    const digest = job.digest();
    if (digest) this.#answer({ id, type: 'digest', digest });
  }
}
