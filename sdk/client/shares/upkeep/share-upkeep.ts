import type { EngineEvent } from '../../../engine/index.js';
import type { LibraryShare, OlderFile } from '../../library/records/library-schema.js';
import type { Session } from '../../session/session.js';
import { type Holder, isShare, type ShareService } from '../serving/share-service.js';
import type { ShareStates } from '../serving/share-states.js';
import { ShareWatch } from '../watch/share-watch.js';
import { isThere } from './file-look.js';
import type { OlderVersions } from './older-versions.js';
import { type Finding, ShareChecks } from './share-checks.js';
import { ShareRetries } from './share-retries.js';

/** Time that a share stays announced while its file is hashed. A longer hash withdraws it, until it is served again. */
const HOLD_MS = 10_000;

interface UpkeepParts {
  readonly service: ShareService;
  readonly states: ShareStates;
  readonly older: OlderVersions;
  /** Files of these shares lie in a data folder of Shoal: they end. */
  onSecret(shares: readonly LibraryShare[]): void;
  /** What is served has changed: the tracker is to be told. */
  onChanged(): void;
}

/** Keeps what is served, what is announced and the states of shares in step with the files on the disks. */
export class ShareUpkeep {
  readonly #session: Session;
  readonly #parts: UpkeepParts;
  readonly #checks: ShareChecks;
  readonly #retries: ShareRetries;
  readonly #watch: ShareWatch<Holder>;
  #watched: {
    readonly shares: readonly LibraryShare[];
    readonly older: readonly OlderFile[];
    readonly all: readonly Holder[];
  };
  readonly #holds = new Map<LibraryShare, NodeJS.Timeout>();
  #isClosed = false;

  constructor(session: Session, parts: UpkeepParts) {
    const { account, hashes } = session;
    const { service, states, older } = parts;
    this.#session = session;
    this.#parts = parts;
    this.#checks = new ShareChecks(session, {
      serve: (share, manifest, stamp, former) => {
        service.serve(share, manifest, stamp);
        if (former !== undefined) service.unserveFrom(share, former);
      },
      isServed: (share) => service.isSure(share),
      isUnreadable: (share) => states.of(share).name === 'unreadable',
      onHashing: (share) => this.#onHashing(share),
      onFound: (share, finding) => this.#onFound(share, finding),
    });
    this.#retries = new ShareRetries({
      isWished: (share) => account.hasShare(share),
      isThere: (path) => isThere(hashes, path),
      check: (shares) => this.check(shares),
    });
    this.#watched = { shares: [], older: [], all: [] };
    this.#watch = new ShareWatch<Holder>({
      shares: () => this.#allFiles(),
      isAway: (path) => hashes.isAway(path),
      differs: (one) => (isShare(one) ? this.#checks.differs(one) : older.differs(one)),
      onChanged: (some) => {
        void this.check(some.filter(isShare));
        void older.check(some.flatMap((one) => (isShare(one) ? [] : one)));
      },
    });
    service.onServed = (share) => {
      this.#release(share);
      states.found(share, { name: 'available' });
    };
  }

  /** Serves what is unchanged. @returns the shares that need a check */
  async look(shares: readonly LibraryShare[]): Promise<LibraryShare[]> {
    const left = await this.#checks.look(shares);
    this.#parts.onChanged();
    return left;
  }

  /** Examines shares. Resolves when each has a result; never rejects. */
  async check(shares: readonly LibraryShare[]): Promise<void> {
    await this.#checks.check(shares);
    if (!this.#isClosed) this.#parts.onChanged();
  }

  /** The engine found that a served file is another one by its stamp or bytes, or cannot be read. */
  onBroken({ groupId, manifestId, path, reason, message }: EngineEvent & { type: 'contentBroken' }): void {
    const { service } = this.#parts;
    const broken = service.servedFrom({ groupId, manifestId }, path);
    if (broken.length === 0) {
      // A copy that no share is served from.
      this.#session.engine.send({ type: 'unserve', groupId, manifestId, path });
      return;
    }
    if (reason === 'doubtful') {
      service.doubt(broken);
      for (const share of broken) this.#watch.noticed(share);
      return;
    }
    const why = reason === 'changed' ? `${path} has other content than was shared.` : message;
    for (const share of broken) {
      if (reason === 'changed') this.#checks.onWrong(share);
      const finding: Finding =
        reason === 'changed' ? { kind: 'edited', why, isWritten: false } : { kind: 'unreadable', why };
      this.#onFound(share, finding);
    }
    this.#parts.onChanged();
    if (reason === 'changed') void this.check(broken); // a copy may stand in
  }

  /** A share has another path than its `former` one. */
  onMoved(share: LibraryShare, former: string): void {
    this.#checks.onMoved(share, former);
    this.#watch.onMoved();
  }

  /** Stops checks, retries and the watch. */
  close(): void {
    this.#isClosed = true;
    this.#checks.close();
    this.#retries.close();
    this.#watch.close();
    for (const timer of this.#holds.values()) clearTimeout(timer);
    this.#holds.clear();
  }

  /** The shares and the files with older versions: the same list while nothing changes in it. */
  #allFiles(): readonly Holder[] {
    const { shares, olderFiles } = this.#session.account;
    const older = olderFiles.list;
    if (shares !== this.#watched.shares || older !== this.#watched.older)
      this.#watched = { shares, older, all: older.length > 0 ? [...shares, ...older] : shares };
    return this.#watched.all;
  }

  #onHashing(share: LibraryShare): void {
    const { service, states } = this.#parts;
    const { name } = states.of(share);
    if (name !== 'available' && name !== 'behind') return; // what was found before holds until the result
    states.found(share, {
      name: 'verifying',
      why: `${share.path} has another time than when it was shared: it is hashed.`,
    });
    const onOver = () => {
      this.#holds.delete(share);
      service.unserve([share]);
      this.#parts.onChanged();
    };
    this.#release(share);
    this.#holds.set(share, setTimeout(onOver, HOLD_MS).unref());
  }

  #onFound(share: LibraryShare, finding: Finding): void {
    if (this.#isClosed) return;
    const { service, states } = this.#parts;
    this.#release(share);
    if (finding.kind === 'served') {
      states.found(share, { name: 'available' });
      return;
    }
    service.unserve([share], finding.kind === 'edited');
    if (finding.kind === 'secret') {
      this.#session.logger.warn(`${finding.why} It is shared no more.`);
      this.#parts.onSecret([share]);
      return;
    }
    if (states.of(share).name !== finding.kind) this.#session.logger.warn(`${share.fileName}: ${finding.why}`);
    if (finding.kind === 'missing') this.#retries.addMissing(share, finding.places);
    else if (finding.kind === 'unreadable' || finding.isWritten) this.#retries.addUnreadable(share);
    states.found(share, { name: finding.kind, why: finding.why });
  }

  #release(share: LibraryShare): void {
    clearTimeout(this.#holds.get(share));
    this.#holds.delete(share);
  }
}
