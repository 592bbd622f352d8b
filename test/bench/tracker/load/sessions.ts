import { createHash, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { keyId, type TlsIdentity } from '../../../../sdk/identity/index.js';
import { inParts, nameKey } from '../../../../sdk/protocol/index.js';
import { tokenOf } from '../../../tracker/crowd.js';
import { type Groups, memberAt, type Sql } from './fill.js';

/** A session of a member, and two devices from which he has signed in before. */
export interface Session {
  readonly userId: string;
  readonly token: string;
  readonly device: TlsIdentity;
  readonly spare: TlsIdentity;
}

const SESSION_MS = 30 * 24 * 3_600_000;
const ROWS_A_STATEMENT = 500;

/** Makes sessions for the first members, as if they had signed in today. */
export async function fillSessions(sql: Sql, groups: Groups, count: number): Promise<Session[]> {
  const nowMs = Date.now();
  const sessions = Array.from({ length: count }, (_, index): Session => {
    const { userId } = memberAt(groups, index);
    return { userId, token: tokenOf(userId), device: madeDevice(), spare: madeDevice() };
  });
  const users = [...new Set(sessions.map(({ userId }) => userId))];
  const hashOf = (token: string) => createHash('sha256').update(token).digest('hex');
  const tables = {
    'sessions (token_hash, user_key, expires_at_ms)': users.map(
      (userId) => `('${hashOf(tokenOf(userId))}', '${nameKey(userId)}', ${nowMs + SESSION_MS})`,
    ),
    'devices (user_key, device_id, seen_at_ms)': sessions.flatMap(({ userId, device, spare }) =>
      [device, spare].map(({ id }) => `('${nameKey(userId)}', '${id}', ${nowMs})`),
    ),
  };
  const statements = Object.entries(tables).flatMap(([table, rows]) =>
    Array.from(inParts(rows, ROWS_A_STATEMENT), (part) => `INSERT INTO ${table} VALUES ${part.join()};`),
  );
  await sql.run(`BEGIN; ${statements.join('\n')} COMMIT;`);
  return sessions;
}

/** A device that talks to trackers only, and so needs no certificate. */
function madeDevice(): TlsIdentity {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    id: keyId(createPublicKey(privateKey)),
    privateKeyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    certificatePem: '',
  };
}
