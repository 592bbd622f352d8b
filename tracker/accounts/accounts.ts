import { createHash, randomBytes } from 'node:crypto';
import { nameKey, parseNewName, ShoalError } from '@shoal/sdk/protocol';
import { isStoreFailure, userExists } from '../store/refusals.js';
import type { Store, StoredUser } from '../store/store.js';
import { type Guess, Guesses } from './guesses.js';
import { type Asker, Passwords } from './passwords.js';
import { Turns } from './turns.js';

/** A session that is not used for so long ends. */
const SESSION_LIFETIME_MS = 30 * 24 * 3_600_000;

/** Who wants to sign in, and from where. */
export interface SignIn extends Asker {
  readonly userId: string;
  readonly password: string;
  /** The device that has proved its key. */
  readonly deviceId: string;
}

/** Who someone is, and how it is shown: accounts, passwords, session tokens. */
export class Accounts {
  readonly #store: Store;
  readonly #now: () => number;
  readonly #passwords = new Passwords();
  readonly #turns = new Turns();
  readonly #guesses = new Guesses();

  constructor(store: Store, now: () => number) {
    this.#store = store;
    this.#now = now;
  }

  /** @throws ShoalError `INVALID_NAME`, `USER_EXISTS`, `RATE_LIMITED` */
  async create(userName: string, password: string, asker: Asker): Promise<string> {
    const userId = parseNewName('user', userName);
    if (await this.#store.findUser(userId)) throw userExists(userId); // before any work is done for it
    const passwordHash = await this.#passwords.hash(password, asker);
    await this.#store.createUser({ userId, passwordHash, nowMs: this.#now() });
    return userId;
  }

  /** A new session. @throws ShoalError `WRONG_PASSWORD`, also where there is no such user; `RATE_LIMITED` */
  async login(signIn: SignIn): Promise<{ userId: string; token: string }> {
    const user = await this.#store.findUser(signIn.userId);
    const guess = {
      account: nameKey(signIn.userId),
      address: signIn.address,
      deviceId: signIn.deviceId,
      knowsDevice: await this.#store.knowsDevice(signIn.userId, signIn.deviceId),
    };
    const work = () => this.#authenticate(signIn, user, guess);
    const { userId } = await this.#turns.take(this.#guesses.lineOf(guess), work);
    const token = randomBytes(32).toString('base64url');
    const expiresAtMs = this.#now() + SESSION_LIFETIME_MS;
    await this.#store.createSession({ tokenHash: hashToken(token), userId, expiresAtMs });
    return { userId, token };
  }

  /** The user of a token. @throws ShoalError `NOT_LOGGED_IN` */
  async resume(token: string): Promise<{ userId: string }> {
    const session = await this.#extend(hashToken(token));
    if (!session) throw new ShoalError('NOT_LOGGED_IN', 'The session has ended: log in again.');
    return session;
  }

  /** On a disk that takes nothing more a session still holds, only no longer than it did. */
  async #extend(tokenHash: string): Promise<{ userId: string } | undefined> {
    try {
      return await this.#store.extendSession(tokenHash, this.#now(), this.#now() + SESSION_LIFETIME_MS);
    } catch (error) {
      if (!isStoreFailure(error)) throw error;
      return this.#store.findSession(tokenHash, this.#now());
    }
  }

  async logout(token: string): Promise<void> {
    await this.#store.endSession(hashToken(token));
  }

  close(): Promise<void> {
    return this.#passwords.close();
  }

  async #authenticate(signIn: SignIn, user: StoredUser | undefined, guess: Guess): Promise<StoredUser> {
    const urgency = this.#guesses.check(guess, this.#now());
    const matches = await this.#passwords.verify(signIn.password, user?.passwordHash, signIn, urgency);
    if (!user || !matches) {
      this.#guesses.failed(guess, this.#now());
      throw wrongPassword();
    }
    this.#guesses.succeeded(guess);
    return user;
  }
}

/** The same for a wrong name and a wrong password: whoever guesses does not learn which names there are. */
function wrongPassword(): ShoalError {
  const text = 'The name or the password is wrong: check both. A new user is created first.';
  return new ShoalError('WRONG_PASSWORD', text);
}

function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
