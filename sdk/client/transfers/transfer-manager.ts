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

/**
 * All file and folder downloads: decides which of them run, and carries out the commands of the user and the session.
 * One class has all commands, because each keeps queue, handle and library consistent.
 */
export class TransferManager {
  readonly session: Session;
  readonly tickets: TicketRenewal;
  readonly space = new DiskSpace();
  readonly #queue: TransferQueue<Transfer>;
  readonly #idle: IdleTransfers;
  /** Whether queued downloads start when a slot becomes free. */
  #goesOn = true;
  #isTrackerThere = true;
  /** The chain of lookups of queued downloads. They run one at a time, to bound the load on the tracker. */
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

  /** All downloads in their order, parts of folders included. */
  get all(): readonly Transfer[] {
    return this.#queue.all;
  }

  /** Changes the number of slots. Running downloads continue. */
  setAtOnce(atOnce: number | undefined): void {
    this.#queue.atOnce = atOnce;
    this.#beginNext();
  }

  /** Removes complete downloads from the list. */
  clear(): void {
    for (const transfer of this.#queue.wholes) if (transfer.handle.isComplete) this.#queue.remove(transfer);
  }

  /** The first state of a new download. */
  firstState(parent?: string): 'starting' | 'queued' {
    return this.#queue.hasRoom(parent) ? 'starting' : 'queued';
  }

  /** Adds a new download, and starts it or looks it up. */
  start(transfer: Transfer): void {
    this.#queue.add(transfer);
    this.#beginOrLookUp(transfer);
  }

  /** Resumes a stopped download with these terms. */
  startAgain(transfer: Transfer, terms: TransferTerms): void {
    this.#resume(transfer);
    this.#inBackground(transfer, this.#setTerms(transfer, terms));
  }

  /** After a sign-in: adds the unfinished downloads. Those that were not paused start in their order. */
  restore(transfers: Iterable<Transfer>): void {
    this.#goesOn = false; // until all are listed: the first in the library need not start first
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

  /** After a reconnect: refreshes everything that runs. */
  async refresh(): Promise<void> {
    this.tickets.renewAll();
    for (const transfer of this.#queue.all) if (transfer.handle.isRunning) await transfer.refresh();
    this.#isTrackerThere = true;
    this.#beginNext();
    for (const transfer of this.#queue.waiting()) this.#beginOrLookUp(transfer);
  }

  /** At a sign-out or close: stops everything, and waits for at most `maxMs`. Downloaded data is kept. */
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

  /** The user is no longer a member of the group. */
  async dropGroup(groupId: string): Promise<void> {
    const lost = this.#queue.wholes.filter(({ handle }) => nameKey(handle.groupId) === nameKey(groupId));
    const error = new ShoalError('NOT_A_MEMBER', `You are no longer a member of ${groupId}: ask to join it again.`);
    // Fails queued downloads first, so that none of them starts when a slot becomes free.
    for (const { handle } of lost) if (handle.isQueued) handle.failed(error);
    for (const transfer of lost.filter(({ handle }) => handle.isRunning)) {
      await this.stop(transfer);
      transfer.handle.failed(error);
    }
  }

  /** The engine has died. */
  failAll(error: ShoalError): void {
    this.#goesOn = false;
    for (const transfer of this.#queue.all) transfer.fail(error);
  }

  /** Processes the progress of a running download, which can lose its slot in the queue or need one again. */
  progressed(transfer: Transfer, progress: SlotProgress): void {
    this.#idle.progressed(transfer, progress);
  }

  /** A source appeared for a resting download. */
  wake(transfer: Transfer): void {
    this.#idle.wake(transfer);
  }

  /** The handle entered another state. */
  onState(transfer: Transfer): void {
    const { handle, signals } = transfer;
    if (!handle.isRunning) this.#idle.forget(transfer);
    if (handle.isOver) signals.end();
    transfer.announce();
    this.#beginNext();
  }

  /** The actions behind a transfer's handle. */
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

  /** Records the download's position in the library. Resolves when it is on the disk. */
  async place({ record, parent }: Transfer): Promise<void> {
    const { account, library } = this.session;
    if (record && parent === undefined)
      account.moveTransfer(
        record,
        this.#queue.wholes.flatMap((one) => one.record ?? []),
      );
    await library.durable();
  }

  /** @throws ShoalError `ALREADY_DOWNLOADING` if another download has the same destination */
  refuseSamePlace(transfer: Transfer, path: string): void {
    const other = this.#queue.all.find((one) => one !== transfer && one.holds(path));
    if (!other) return;
    const { name } = other.handle;
    throw new ShoalError('ALREADY_DOWNLOADING', `${name} is being downloaded to ${path}: choose another destination.`);
  }

  /** Stops a download, and resolves when its files are closed. */
  async stop(transfer: Transfer): Promise<void> {
    this.#idle.forget(transfer);
    await transfer.stop();
  }

  /** Ends a download, and keeps its partial data for a later call. @returns false if it had already ended */
  async giveUp(transfer: Transfer): Promise<boolean> {
    if (transfer.handle.isOver) return false;
    await this.stop(transfer);
    this.#queue.remove(transfer);
    await transfer.forget();
    transfer.handle.cancelled();
    return true;
  }

  /** Stops and removes a part of a folder. Its record stays in the library for the next run. */
  async dropPart(part: Transfer): Promise<void> {
    if (part.handle.isActive) {
      part.remember({});
      await this.stop(part);
      part.handle.paused();
    }
    this.#queue.remove(part);
  }

  /** Starts queued downloads while there are free slots. */
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

  /** Ends a download, and removes its partial data. */
  async #cancel(transfer: Transfer): Promise<void> {
    const remove = transfer.leftovers();
    if (await this.giveUp(transfer)) await remove();
  }

  /** Logs the failure of work without a caller. */
  #inBackground({ handle }: Transfer, work: Promise<void>): void {
    work.catch((error: unknown) => this.session.logger.warn(`${handle.name}: ${ShoalError.from(error).message}`));
  }
}
