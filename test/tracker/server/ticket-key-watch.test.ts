import assert from 'node:assert/strict';
import type { TicketKey } from '../../../sdk/protocol/index.js';
import type { Connection } from '../../../tracker/server/connections/connection.js';
import { TicketKeyWatch } from '../../../tracker/server/ticket-key-watch.js';

const keyOf = (kid: string): TicketKey => ({ kty: 'EC', crv: 'P-256', x: 'x', y: 'y', kid });

/** Notes what a client is told. */
function clientThat(accepts: boolean, greeted: boolean, told: unknown[]): Connection {
  return {
    greeted,
    accepts: () => accepts,
    notify: (event: string, payload: unknown) => told.push([event, payload]),
    close: (code: number) => told.push(['closed', code]),
  } as unknown as Connection;
}

describe('the watch over the keys of tickets', () => {
  it('tells clients which keys count when others do, and has older ones connect again', async () => {
    const heard: [unknown[], unknown[], unknown[]] = [[], [], []];
    const connections = new Set([
      clientThat(true, true, heard[0]),
      clientThat(false, true, heard[1]),
      clientThat(false, false, heard[2]),
    ]);
    let keys = [keyOf('a')];
    let isAway = false;
    const logged: string[] = [];
    const log = (_about: object, text: string) => void logged.push(text);
    const watch = new TicketKeyWatch({
      tickets: { publicKeys: () => keys },
      readTicketKeys: async () => {
        if (isAway) throw new Error('away');
      },
      connections,
      now: () => 0,
      log: { info: log, warn: log } as never,
    });
    await watch.look();
    assert.deepEqual(heard, [[], [], []]);
    keys = [keyOf('a'), keyOf('b')];
    await watch.look();
    assert.deepEqual(heard, [[['ticketKeys', { ticketKeys: keys }]], [['closed', 1001]], []]);
    keys = [keyOf('b'), keyOf('a')];
    await watch.look();
    assert.equal(heard[0].length, 1, 'the other one signs, and both count');
    isAway = true;
    keys = [keyOf('b')];
    await watch.look();
    assert.equal(heard[0].length, 2, 'a step that needs no database');
    assert.deepEqual(logged, [
      'the keys of tickets changed',
      'the keys of tickets could not be read: the known ones are used until the next look',
      'the keys of tickets changed',
    ]);
  });
});
