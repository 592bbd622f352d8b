import { createHash, randomBytes } from 'node:crypto';
import { nameKey, parseNewName, ShoalError } from '@shoal/sdk/protocol';
import type { Store, StoredUser } from '../store/store.js';
import { isStoreFailure, userExists } from '../store/store-errors.js';
import { Guesses } from './guesses.js';
import { KeyedQueue } from './keyed-queue.js';
import type { Asker, PasswordHasher, Urgency } from './passwords.js';

/** A session that is not used for so long ends. */
const SESSION_LIFETIME_MS = 30 * 24 * 3_600_000;

/** Who wants to sign in, and from where. */
export interface SignIn extends Asker {
  readonly userId: string;
  readonly password: string;
  /** The device that has proved its key. */
  readonly deviceId: string;
}

/** Who wants another password: someone who is signed in. */
export interface PasswordChange extends SignIn {
  readonly newPassword: string;
  /** Of the session that goes on. */
  readonly token: string;
}

/** Who someone is, and how it is shown: accounts, passwords, session tokens. */
export class Accounts {
  readonly #store: Store;
  readonly #now: () => number;
  readonly #passwords: PasswordHasher;
  readonly #turns = new KeyedQueue();
  readonly #guesses = new Guesses();

  constructor(store: Store, now: () => number, passwords: PasswordHasher) {
    this.#store = store;
    this.#now = now;
    this.#passwords = passwords;
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
    const { userId, passwordHash } = await this.#authenticate(signIn, wrongSignIn);
    const token = randomBytes(32).toString('base64url');
    const expiresAtMs = this.#now() + SESSION_LIFETIME_MS;
    await this.#store.createSession({ tokenHash: hashToken(token), userId, expiresAtMs });
    if ((await this.#store.findUser(userId))?.passwordHash === passwordHash) return { userId, token };
    await this.logout(token); // the password was changed meanwhile, and that ended only the sessions that there were
    throw wrongSignIn();
  }

  /**
   * Another password; all other sessions of the user are ended.
   * @throws ShoalError `WRONG_PASSWORD`; `RATE_LIMITED`, where it was guessed too often, as for a sign-in
   */
  async changePassword(change: PasswordChange): Promise<void> {
    const { userId, passwordHash: formerHash, urgency } = await this.#authenticate(change, wrongCurrent);
    const passwordHash = await this.#passwords.hash(change.newPassword, change, urgency);
    const tokenHash = hashToken(change.token);
    const isChanged = await this.#store.changePassword({ userId, formerHash, passwordHash, tokenHash });
    if (!isChanged) throw wrongCurrent(); // it was changed meanwhile
  }

  /** The user of a token. @throws ShoalError `NOT_LOGGED_IN` */
  async resume(token: string): Promise<{ userId: string }> {
    const session = await this.#extend(hashToken(token));
    if (!session) throw sessionOver();
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

  /** Whether a session was not ended since. */
  async holds(token: string): Promise<boolean> {
    return (await this.#store.findSession(hashToken(token), this.#now())) !== undefined;
  }

  async logout(token: string): Promise<void> {
    await this.#store.endSession(hashToken(token));
  }

  close(): Promise<void> {
    return this.#passwords.close();
  }

  /** The user whose password that is. Guesses are counted, and those that belong together are looked at one after the other. */
  async #authenticate(signIn: SignIn, wrong: () => ShoalError): Promise<StoredUser & { urgency: Urgency }> {
    const user = await this.#store.findUser(signIn.userId);
    const guess = {
      account: nameKey(signIn.userId),
      address: signIn.address,
      deviceId: signIn.deviceId,
      knowsDevice: await this.#store.knowsDevice(signIn.userId, signIn.deviceId),
    };
    return this.#turns.take(this.#guesses.lineOf(guess), async () => {
      const urgency = this.#guesses.check(guess, this.#now());
      const matches = await this.#passwords.verify(signIn.password, user?.passwordHash, signIn, urgency);
      if (!user || !matches) {
        this.#guesses.failed(guess, this.#now());
        throw wrong();
      }
      this.#guesses.succeeded(guess);
      return { ...user, urgency };
    });
  }
}

/** The same for a wrong name and a wrong password: whoever guesses does not learn which names there are. */
function wrongSignIn(): ShoalError {
  const text = 'The name or the password is wrong: check both, or create an account.';
  return new ShoalError('WRONG_PASSWORD', text);
}

function wrongCurrent(): ShoalError {
  return new ShoalError('WRONG_PASSWORD', 'The current password is wrong, so it was not changed: try again.');
}

export function sessionOver(): ShoalError {
  return new ShoalError('NOT_LOGGED_IN', 'The session has ended: sign in again.');
}

function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
