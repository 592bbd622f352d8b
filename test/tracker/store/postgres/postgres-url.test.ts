import assert from 'node:assert/strict';
import { parsePostgresUrl } from '../../../../tracker/store/postgres/postgres-url.js';
import { hasCode } from '../../../support/has-code.js';

describe('the address of a store', () => {
  it('is parsed with its escapes, and shown without the password', () => {
    const place = parsePostgresUrl('postgres://tr%40cker:a%2Fb%3Ac@[::1]/sho%61l');
    assert.deepEqual(place, {
      servers: [{ host: '::1', port: 5432, tls: false }],
      ...{ database: 'shoal', user: 'tr@cker', password: 'a/b:c' },
      shown: 'postgres://tr@cker@[::1]/shoal',
    });
    assert.equal(parsePostgresUrl('postgresql://me@db.example:6000/x').password, undefined);
  });

  it('may name several servers, each with its port, and which of them is meant', () => {
    const place = parsePostgresUrl(
      'postgres://me:a,b@one.example:6000,[::1],10.0.0.1/x?sslmode=require&target_session_attrs=read-write',
    );
    assert.deepEqual(
      place.servers.map(({ host, port }) => `${host} ${port}`),
      ['one.example 6000', '::1 5432', '10.0.0.1 5432'],
    );
    assert.deepEqual([place.password, place.shown], ['a,b', 'postgres://me@one.example:6000,[::1],10.0.0.1/x']);
    const usual = parsePostgresUrl('postgres://me@localhost,db.example/x').servers;
    assert.deepEqual(
      usual.map(({ tls }) => tls !== false),
      [false, true],
    );
  });

  it('asks for a trusted certificate, except on this computer and where it says otherwise', () => {
    const tls = (text: string) => {
      const options = parsePostgresUrl(text).servers[0].tls;
      return options === false ? 'none' : options.rejectUnauthorized === true ? 'trusted' : 'any';
    };
    assert.equal(tls('postgres://me@localhost/x'), 'none');
    assert.equal(tls('postgres://me@127.0.0.1/x'), 'none');
    assert.equal(tls('postgres://me@10.0.0.1/x'), 'trusted');
    assert.equal(tls('postgres://me@db.example/x'), 'trusted');
    assert.equal(tls('postgres://me@db.example/x?sslmode=disable'), 'none');
    assert.equal(tls('postgres://me@db.example/x?sslmode=require'), 'any');
    assert.equal(tls('postgres://me@127.0.0.1/x?sslmode=verify-full'), 'trusted');
  });

  it('that is malformed is refused in one line without the password', () => {
    for (const text of [
      ...['', 'tracker.db', 'mysql://me:secret@host/x', 'postgres:', 'postgres://', 'postgres://me:secret@/x'],
      ...[
        'postgres://host/x',
        'postgres://me:secret@host',
        'postgres://me:secret@host/',
        'postgres://me:secret@host/a/b',
      ],
      ...[
        'postgres://me:secret@host:99999/x',
        'postgres://me:se%zzcret@host/x',
        'postgres://me:secret@host/x?sslmode=prefer',
      ],
      ...['postgres://me:secret@one,,two/x', 'postgres://me:secret@one,two:x/x', 'postgres://me:secret@,one/x'],
      `postgres://me:secret@${Array.from({ length: 17 }, () => 'host').join(',')}/x`,
      'postgres://me:secret@one,two/x?target_session_attrs=any',
      ...['postgres://me:secret@host/x?pool=5', 'postgres://me:secret@host/x?sslrootcert=/nosuch/file'],
    ]) {
      assert.throws(
        () => parsePostgresUrl(text),
        (error: unknown) => hasCode('USAGE')(error) && error instanceof Error && !/secret|\n/.test(error.message),
        text,
      );
    }
  });
});
