import { createHash, randomBytes } from 'node:crypto';
import { nameKey, parseNewName, ShoalError } from '@shoal/sdk/protocol';
import { KeyedQueue } from '../keyed-queue.js';
import type { Store, StoredUser } from '../store/store.js';
import { isStoreFailure, userExists } from '../store/store-errors.js';
import { Guesses, type GuessLimits, lineOf } from './guesses.js';
import type { Asker, PasswordHasher, Urgency } from './passwords.js';

/** Time without use after which a session ends. */
const SESSION_LIFETIME_MS = 30 * 24 * 3_600_000;

const EXTENDED_EVERY_MS = 24 * 3_600_000;

/** Guesses that wait, in total and for the same account or address. */
const MAX_WAITING = 4000;
const MAX_WAITING_FOR_KEY = 128;

/** A sign-in attempt, and its origin. */
export interface SignIn extends Asker {
  readonly userId: string;
  readonly password: string;
  /** The device that has proved its key. */
  readonly deviceId: string;
}

/** A change of the password by a signed-in user. */
export interface PasswordChange extends SignIn {
  readonly newPassword: string;
  /** The session that stays. */
  readonly token: string;
}

/** Accounts, passwords and session tokens. */
export class Accounts {
  readonly #store: Store;
  readonly #now: () => number;
  readonly #passwords: PasswordHasher;
  readonly #turns = new KeyedQueue({
    waiting: MAX_WAITING,
    waitingForKey: MAX_WAITING_FOR_KEY,
    refuse: () => new ShoalError('RATE_LIMITED', 'Too many users are signing in: try again in some seconds.'),
  });
  readonly #guesses: GuessLimits;

  constructor(store: Store, now: () => number, passwords: PasswordHasher, guesses: GuessLimits = new Guesses()) {
    this.#guesses = guesses;
    this.#store = store;
    this.#now = now;
    this.#passwords = passwords;
  }

  /** Creates an account. @throws ShoalError `INVALID_NAME`, `USER_EXISTS`, `RATE_LIMITED` */
  async create(userName: string, password: string, asker: Asker): Promise<string> {
    const userId = parseNewName('user', userName);
    if (await this.#store.findUser(userId)) throw userExists(userId); // refuse before the expensive hash
    const passwordHash = await this.#passwords.hash(password, asker);
    await this.#store.createUser({ userId, passwordHash, nowMs: this.#now() });
    return userId;
  }

  /** Starts a session. @throws ShoalError `WRONG_PASSWORD`, also if there is no such user; `RATE_LIMITED` */
  async login(signIn: SignIn): Promise<{ userId: string; token: string }> {
    const { userId, passwordHash } = await this.#authenticate(signIn, wrongSignIn);
    const token = randomBytes(32).toString('base64url');
    const expiresAtMs = this.#now() + SESSION_LIFETIME_MS;
    await this.#store.createSession({ tokenHash: hashToken(token), userId, expiresAtMs });
    if ((await this.#store.findUser(userId))?.passwordHash === passwordHash) return { userId, token };
    await this.logout(token); // the password changed meanwhile, which ended only the sessions that existed then
    throw wrongSignIn();
  }

  /**
   * Changes the password, and ends all other sessions of the user.
   * @throws ShoalError `WRONG_PASSWORD`; `RATE_LIMITED` after too many wrong guesses, as for a sign-in
   */
  async changePassword(change: PasswordChange): Promise<void> {
    const { userId, passwordHash: formerHash, urgency } = await this.#authenticate(change, wrongCurrent);
    const passwordHash = await this.#passwords.hash(change.newPassword, change, urgency);
    const tokenHash = hashToken(change.token);
    const isChanged = await this.#store.changePassword({ userId, formerHash, passwordHash, tokenHash });
    if (!isChanged) throw wrongCurrent(); // another request changed it meanwhile
  }

  /**
   * Returns the user of a token, and extends the session, once a day: after a restart of a tracker, everybody resumes.
   * @throws ShoalError `NOT_LOGGED_IN`
   */
  async resume(token: string): Promise<{ userId: string }> {
    const tokenHash = hashToken(token);
    const nowMs = this.#now();
    const session = await this.#store.findSession(tokenHash, nowMs);
    if (!session) throw sessionOver();
    const { userId, expiresAtMs } = session;
    const extendedMs = nowMs + SESSION_LIFETIME_MS;
    if (extendedMs - expiresAtMs < EXTENDED_EVERY_MS) return { userId };
    try {
      if (!(await this.#store.extendSession(tokenHash, nowMs, extendedMs))) throw sessionOver(); // it ended meanwhile
    } catch (error) {
      if (!isStoreFailure(error)) throw error; // with a full disk, the session stays as it is
    }
    return { userId };
  }

  /** Whether a session is still valid. */
  async holds(token: string): Promise<boolean> {
    return (await this.#store.findSession(hashToken(token), this.#now())) !== undefined;
  }

  async logout(token: string): Promise<void> {
    await this.#store.endSession(hashToken(token));
  }

  close(): Promise<void> {
    return this.#passwords.close();
  }

  /** Returns the user with that password. Counts wrong guesses, and checks related guesses one after the other. */
  async #authenticate(signIn: SignIn, wrong: () => ShoalError): Promise<StoredUser & { urgency: Urgency }> {
    const user = await this.#store.findUser(signIn.userId);
    const guess = {
      account: nameKey(signIn.userId),
      address: signIn.address,
      deviceId: signIn.deviceId,
      knowsDevice: await this.#store.knowsDevice(signIn.userId, signIn.deviceId),
    };
    return this.#turns.take(lineOf(guess), async () => {
      const urgency = await this.#guesses.check(guess, performance.now());
      const matches = await this.#passwords.verify(signIn.password, user?.passwordHash, signIn, urgency);
      if (!user || !matches) {
        await this.#guesses.failed(guess, performance.now());
        throw wrong();
      }
      await this.#guesses.succeeded(guess);
      return { ...user, urgency };
    });
  }
}

/** The same error for a wrong name and a wrong password, so that a guesser does not learn which names exist. */
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
