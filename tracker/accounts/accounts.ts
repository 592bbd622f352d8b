import { createHash, randomBytes } from 'node:crypto';
import { nameKey, parseName, ShoalError } from '@shoal/sdk/protocol';
import type { Store, StoredUser } from '../store/store.js';
import { Attempts } from './attempts.js';
import { Passwords } from './passwords.js';
import { Turns } from './turns.js';

/** A session that is not used for so long ends. */
const SESSION_LIFETIME_MS = 30 * 24 * 3_600_000;

const PER_ACCOUNT = { free: 5, firstWaitMs: 1000, longestWaitMs: 300_000 };
/** Generous: a whole course may sit behind one address. */
const PER_ADDRESS = { free: 50, firstWaitMs: 1000, longestWaitMs: 60_000 };

/** Who someone is, and how it is shown: accounts, passwords, session tokens. */
export class Accounts {
  readonly #store: Store;
  readonly #now: () => number;
  readonly #passwords = new Passwords();
  /** Sign-ins to one account go one after the other, so that guesses made at once count as guesses, too. */
  readonly #turns = new Turns();
  readonly #byAccount = new Attempts(PER_ACCOUNT);
  readonly #byAddress = new Attempts(PER_ADDRESS);

  constructor(store: Store, now: () => number) {
    this.#store = store;
    this.#now = now;
  }

  /** @throws ShoalError `INVALID_NAME`, `USER_EXISTS` */
  async create(userName: string, password: string): Promise<string> {
    const userId = parseName('user', userName);
    await this.#store.createUser({ userId, passwordHash: await this.#passwords.hash(password), nowMs: this.#now() });
    return userId;
  }

  /** A new session. @throws ShoalError `USER_NOT_FOUND`, `WRONG_PASSWORD`, `RATE_LIMITED` */
  async login(userName: string, password: string, address: string): Promise<{ userId: string; token: string }> {
    const { userId } = await this.#turns.take(nameKey(userName), () => this.#authenticate(userName, password, address));
    const token = randomBytes(32).toString('base64url');
    const expiresAtMs = this.#now() + SESSION_LIFETIME_MS;
    await this.#store.createSession({ tokenHash: hashToken(token), userId, expiresAtMs });
    return { userId, token };
  }

  /** The user of a token. @throws ShoalError `NOT_LOGGED_IN` */
  async resume(token: string): Promise<{ userId: string }> {
    const session = await this.#store.extendSession(hashToken(token), this.#now(), this.#now() + SESSION_LIFETIME_MS);
    if (!session) throw new ShoalError('NOT_LOGGED_IN', 'The session has ended: log in again.');
    return session;
  }

  async logout(token: string): Promise<void> {
    await this.#store.endSession(hashToken(token));
  }

  close(): Promise<void> {
    return this.#passwords.close();
  }

  async #authenticate(userName: string, password: string, address: string): Promise<StoredUser> {
    const account = nameKey(userName);
    this.#byAccount.check(account, this.#now());
    this.#byAddress.check(address, this.#now());
    const user = await this.#store.findUser(userName);
    const matches = await this.#passwords.verify(password, user?.passwordHash);
    if (!user || !matches) {
      this.#byAccount.failed(account, this.#now());
      this.#byAddress.failed(address, this.#now());
      throw user ? wrongPassword(user.userId) : noSuchUser(userName);
    }
    this.#byAccount.succeeded(account);
    return user;
  }
}

function wrongPassword(userId: string): ShoalError {
  return new ShoalError('WRONG_PASSWORD', `That is not the password of ${userId}: check it and try again.`);
}

function noSuchUser(userName: string): ShoalError {
  return new ShoalError('USER_NOT_FOUND', `There is no user ${userName}: create the user first, or check the name.`);
}

function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
