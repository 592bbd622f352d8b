import assert from 'node:assert/strict';
import { fakeClient } from './fake-client.js';
import { TerminalSession } from './terminal-session.js';

const CTRL_C = '\x03';
const CTRL_D = '\x04';

describe('passwords at a terminal', () => {
  let session: TerminalSession;

  beforeEach(() => {
    session = new TerminalSession();
  });
  afterEach(() => session.close());

  it('asks for a password left out, and shows and remembers it nowhere', async () => {
    const created: string[] = [];
    const client = fakeClient({
      createUser: (userId, password) => {
        created.push(`${userId} ${password}`);
        return Promise.resolve();
      },
    });
    await session.open(client);
    await session.terminal.type('create_user alice\r');
    assert.equal(session.terminal.typed(), 'Password: |');
    await session.terminal.type('s3cret');
    client.emit('connected', { resumed: false });
    assert.equal(session.terminal.typed(), 'Password: |');
    await session.terminal.type('\r');
    assert.equal(session.terminal.typed(), 'Again: |');
    await session.terminal.type('s3cret\r');
    await session.terminal.type('create_user bob s3cret\r');
    await session.terminal.type('creat_user bob s3cret\r');
    assert.deepEqual(created, ['alice s3cret', 'bob s3cret']);
    assert.deepEqual(session.terminal.screen().slice(1, 6), [
      'shoal> create_user alice',
      '* the tracker is back',
      'Password:',
      'Again:',
      'user alice created',
    ]);
    await session.terminal.type('quit\r');
    await session.ended;
    assert.deepEqual(session.history(), ['create_user alice', 'create_user bob', 'quit']);
  });

  it('refuses two passwords that differ, and gives up at Ctrl-C', async () => {
    await session.open(fakeClient());
    await session.terminal.type('create_user alice\r');
    await session.terminal.type('one\r');
    await session.terminal.type('two\r');
    assert.equal(session.terminal.screen().at(-2), 'error INVALID_ARGUMENT: The two passwords differ: try again.');
    await session.terminal.type('login alice\r');
    await session.terminal.type(`one${CTRL_C}`);
    assert.deepEqual(session.terminal.screen().slice(-3), ['Password:', 'error ABORTED: Stopped, as asked.', 'shoal>']);
    await session.terminal.type('x');
    assert.equal(session.terminal.typed(), 'shoal> x|');
  });

  it('changes a password that is typed out of sight', async () => {
    const changed: string[] = [];
    const changePassword = (current: string, next: string) => {
      changed.push(`${current} ${next}`);
      return Promise.resolve();
    };
    await session.open(fakeClient({ changePassword }));
    await session.terminal.type('change_password\r');
    assert.equal(session.terminal.typed(), 'Current password: |');
    await session.terminal.type('0ld\r');
    assert.equal(session.terminal.typed(), 'New password: |');
    await session.terminal.type('n3w\r');
    await session.terminal.type('n3w\r');
    await session.terminal.type('change_password 0ld\r');
    await session.terminal.type('n3w\r');
    await session.terminal.type('other\r');
    assert.deepEqual(changed, ['0ld n3w']);
    assert.deepEqual(session.terminal.screen().slice(1), [
      ...['shoal> change_password', 'Current password:', 'New password:', 'Again:'],
      'password changed; other sessions have ended',
      ...['shoal> change_password 0ld', 'New password:', 'Again:'],
      'error INVALID_ARGUMENT: The two passwords differ: try again.',
      'shoal>',
    ]);
    await session.terminal.type('quit\r');
    await session.ended;
    assert.deepEqual(session.history(), ['change_password', 'quit']);
  });

  it('takes no empty password', async () => {
    await session.open(fakeClient());
    await session.terminal.type('login alice\r');
    await session.terminal.type('\r');
    assert.match(session.terminal.screen()[3] ?? '', /^error USAGE: No password was typed/);
  });

  it('leaves at Ctrl-D while it asks for a password', async () => {
    await session.open(fakeClient());
    await session.terminal.type('login alice\r');
    await session.terminal.type(CTRL_D);
    await session.ended;
    assert.deepEqual(session.terminal.screen().slice(2), ['error ABORTED: Stopped, as asked.', 'bye']);
  });
});
