import { isDeepStrictEqual } from 'node:util';
import { nameKey, ShoalError } from '../../protocol/index.js';
import { DiskSpace } from '../local/disk-space.js';
import type { Session } from '../session/session.js';
import { TicketRenewal } from '../session/ticket-renewal.js';
import { untilEnded } from '../util/abort.js';
import { IdleTransfers } from './idle-transfers.js';
import type { SlotProgress } from './slot-claim.js';
import type { Transfer } from './transfer.js';
import type { TransferActions } from './transfer-handle.js';
import { TransferQueue } from './transfer-queue.js';
import { checkPosition, checkTerms, type TransferTerms, termsOf } from './transfer-terms.js';

/** All downloads, of files and folders: which of them run, and what becomes of them when their user or the session says so. */
export class TransferManager {
  readonly session: Session;
  readonly tickets: TicketRenewal;
  readonly space = new DiskSpace();
  readonly #queue: TransferQueue<Transfer>;
  readonly #idle: IdleTransfers;
  /** Whether one begins when another makes room. */
  #goesOn = true;
  #isTrackerThere = true;
  /** The one that is being looked up before its turn, and those to follow: one after another, so that many are no burden. */
  #lookUps = Promise.resolve();

  constructor(session: Session, atOnce: number | undefined) {
    this.session = session;
    this.tickets = new TicketRenewal(session);
    this.#queue = new TransferQueue(atOnce);
    this.#idle = new IdleTransfers({
      isOverfull: ({ parent }) => this.#queue.isOverfull(parent),
      beginNext: () => this.#beginNext(),
    });
  }

  /** In their order, parts of folders included. */
  get all(): readonly Transfer[] {
    return this.#queue.all;
  }

  /** How many may run from now on; those that run go on. */
  setAtOnce(atOnce: number | undefined): void {
    this.#queue.atOnce = atOnce;
    this.#beginNext();
  }

  /** Takes those that are complete off the list. */
  clear(): void {
    for (const transfer of this.#queue.wholes) if (transfer.handle.isComplete) this.#queue.remove(transfer);
  }

  /** The state that a new one begins with. */
  firstState(parent?: string): 'starting' | 'queued' {
    return this.#queue.hasRoom(parent) ? 'starting' : 'queued';
  }

  /** Lists a new one, and begins it or looks it up. */
  start(transfer: Transfer): void {
    this.#queue.add(transfer);
    this.#beginOrLookUp(transfer);
  }

  /** Continues one that rests, and gives it these terms. */
  startAgain(transfer: Transfer, terms: TransferTerms): void {
    this.#resume(transfer);
    this.#inBackground(transfer, this.#setTerms(transfer, terms));
  }

  /** After signing in: lists those that were not finished. Those that were not paused begin in their order. */
  restore(transfers: Iterable<Transfer>): void {
    this.#goesOn = false; // until all are there: the first of them need not be the next
    for (const transfer of transfers) {
      this.#queue.add(transfer);
      if (transfer.record?.paused) transfer.handle.paused();
    }
    this.#goesOn = true;
    this.#beginNext();
  }

  trackerLost(): void {
    this.#isTrackerThere = false;
  }

  /** The tracker is back: everything under way asks it anew. */
  async refresh(): Promise<void> {
    this.tickets.renewAll();
    for (const transfer of this.#queue.all) if (transfer.handle.isRunning) await transfer.refresh();
    this.#isTrackerThere = true;
    this.#beginNext();
    for (const transfer of this.#queue.waiting()) this.#beginOrLookUp(transfer);
  }

  /** Signing out or closing: everything under way stops, and is waited for so long at most; what is there is kept. */
  async suspendAll(remember: 'paused' | 'running', maxMs: number): Promise<void> {
    this.#goesOn = false;
    try {
      await untilEnded(
        this.#queue.wholes.map((transfer) => this.#suspend(transfer, remember)),
        maxMs,
      );
    } finally {
      for (const { handle, signals } of this.#queue.all) {
        signals.end();
        handle.abandoned();
      }
      this.tickets.close();
    }
  }

  /** This user is no member of the group any more. */
  async dropGroup(groupId: string): Promise<void> {
    const lost = this.#queue.wholes.filter(({ handle }) => nameKey(handle.groupId) === nameKey(groupId));
    const error = new ShoalError('NOT_A_MEMBER', `You are no longer a member of ${groupId}: ask to join it again.`);
    // First those that wait: none of them is to begin in the place of another.
    for (const { handle } of lost) if (handle.isQueued) handle.failed(error);
    for (const transfer of lost.filter(({ handle }) => handle.isRunning)) {
      await this.stop(transfer);
      transfer.handle.failed(error);
    }
  }

  /** The engine is gone. */
  failAll(error: ShoalError): void {
    this.#goesOn = false;
    for (const transfer of this.#queue.all) transfer.fail(error);
  }

  /** How far one under way is: it may hold its slot of the queue no longer, or need one again. */
  progressed(transfer: Transfer, progress: SlotProgress): void {
    this.#idle.progressed(transfer, progress);
  }

  /** A source came for one that rests. */
  wake(transfer: Transfer): void {
    this.#idle.wake(transfer);
  }

  /** Its handle is in another state. */
  onState(transfer: Transfer): void {
    const { handle, signals } = transfer;
    if (!handle.isRunning) this.#idle.forget(transfer);
    if (handle.isOver) signals.end();
    transfer.announce();
    this.#beginNext();
  }

  /** What the handle of a transfer calls. */
  actionsOf(transferOf: () => Transfer): TransferActions {
    return {
      pause: () => this.#suspend(transferOf(), 'paused'),
      resume: () => this.#resume(transferOf()),
      cancel: () => this.#cancel(transferOf()),
      queuePosition: () => {
        const transfer = transferOf();
        const position = this.#queue.waiting(transfer.parent).indexOf(transfer);
        return position < 0 ? undefined : position;
      },
      setTerms: async (terms) => {
        const transfer = transferOf();
        await this.#setTerms(transfer, checkTerms({ ...termsOf(transfer.handle), ...terms }));
      },
      moveTo: async (position) => {
        checkPosition(position);
        const transfer = transferOf();
        this.#queue.move(transfer, position);
        transfer.announce();
        await this.place(transfer);
      },
    };
  }

  /** Puts its record where it is in the order of all; resolves when the library is on the disk. */
  async place({ record, parent }: Transfer): Promise<void> {
    const { account, library } = this.session;
    if (record && parent === undefined)
      account.moveTransfer(
        record,
        this.#queue.wholes.flatMap((one) => one.record ?? []),
      );
    await library.durable();
  }

  /** @throws ShoalError `ALREADY_DOWNLOADING` when another one is on its way to the same place */
  refuseSamePlace(transfer: Transfer, path: string): void {
    const other = this.#queue.all.find((one) => one !== transfer && one.holds(path));
    if (!other) return;
    const { name } = other.handle;
    throw new ShoalError('ALREADY_DOWNLOADING', `${name} is being downloaded to ${path}: choose another destination.`);
  }

  /** Stops all that is under way for one, and waits until its files are closed. */
  async stop(transfer: Transfer): Promise<void> {
    this.#idle.forget(transfer);
    await transfer.stop();
  }

  /** Ends one; what is there of it is kept for another call. False when it had ended already. */
  async giveUp(transfer: Transfer): Promise<boolean> {
    if (transfer.handle.isOver) return false;
    await this.stop(transfer);
    this.#queue.remove(transfer);
    await transfer.forget();
    transfer.handle.cancelled();
    return true;
  }

  /** A part of a folder ended, or its folder stops: its record is kept for the next try. */
  async dropPart(part: Transfer): Promise<void> {
    if (part.handle.isActive) {
      part.remember({});
      await this.stop(part);
      part.handle.paused();
    }
    this.#queue.remove(part);
  }

  /** Begins as many of those that wait as there is room for. */
  #beginNext(): void {
    if (!this.#isTrackerThere) return;
    for (let next = this.#queue.next; next && this.#goesOn; next = this.#queue.next) {
      next.handle.dequeued();
      next.begin();
    }
  }

  #beginOrLookUp(transfer: Transfer): void {
    if (transfer.handle.isRunning) transfer.begin();
    else this.#lookUp(transfer);
  }

  #lookUp(transfer: Transfer): void {
    this.#lookUps = this.#lookUps.then(async () => {
      if (transfer.handle.isQueued && !transfer.record && this.#isTrackerThere) await transfer.lookUp();
    });
  }

  async #suspend(transfer: Transfer, remember: 'paused' | 'running'): Promise<void> {
    if (!transfer.handle.isActive) return;
    transfer.remember({ paused: remember === 'paused' });
    await this.stop(transfer);
    transfer.handle.paused();
    if (transfer.record) await this.session.library.durable();
  }

  #resume(transfer: Transfer): void {
    if (transfer.handle.isActive || transfer.handle.isOver) return;
    transfer.remember({ paused: false });
    transfer.handle.restart(this.firstState(transfer.parent));
    this.#beginOrLookUp(transfer);
    this.#inBackground(transfer, this.session.library.durable());
  }

  async #setTerms(transfer: Transfer, terms: TransferTerms): Promise<void> {
    if (isDeepStrictEqual(terms, termsOf(transfer.handle))) return;
    transfer.handle.onTerms(terms);
    transfer.pace();
    transfer.remember(terms);
    transfer.announce();
    await this.session.library.durable();
  }

  /** Ends one, and removes what is there of it. */
  async #cancel(transfer: Transfer): Promise<void> {
    const remove = transfer.leftovers();
    if (await this.giveUp(transfer)) await remove();
  }

  /** Nobody waits for it: the log tells. */
  #inBackground({ handle }: Transfer, work: Promise<void>): void {
    work.catch((error: unknown) => this.session.logger.warn(`${handle.name}: ${ShoalError.from(error).message}`));
  }
}
