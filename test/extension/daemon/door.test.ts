import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { AgentLab, isRunning } from '../agent/support.js';

/** Resolves to the number of received bytes when the other end has closed. */
function cutOff(socket: Socket): Promise<number> {
  let heard = 0;
  socket.on('data', (chunk) => {
    heard += chunk.length;
  });
  socket.on('error', () => {}); // 'close' follows
  return new Promise((resolve) => socket.once('close', () => resolve(heard)));
}

const REQUEST = (method: string) => {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: {} });
  return `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
};

describe('the socket of a daemon', () => {
  let lab: AgentLab;

  beforeEach(async () => {
    lab = new AgentLab();
    await lab.window({ tracker: null }).client.open();
  });
  afterEach(() => lab.close());

  const knock = async (bytes: (secret: Buffer) => Uint8Array | string | undefined): Promise<number> => {
    const { address, secret } = await lab.endpoint();
    const socket = connect(address);
    const closed = cutOff(socket);
    const shown = bytes(Buffer.from(secret, 'hex'));
    if (shown !== undefined) socket.write(shown);
    return closed;
  };

  it('refuses everyone without the secret, and nothing changes', async () => {
    const { pid } = await lab.endpoint();
    const heard = await Promise.all([
      knock(() => undefined),
      knock((secret) => secret.subarray(0, 31)),
      knock(() => randomBytes(32)),
      knock(() => randomBytes(1 << 16)),
      knock(() => REQUEST('retire')),
      knock((secret) => Buffer.concat([secret.map((byte) => byte ^ 1), Buffer.from(REQUEST('retire'))])),
      knock((secret) => Buffer.concat([Buffer.of(0), secret, Buffer.from(REQUEST('retire'))])),
      knock((secret) => `${secret.toString('hex')}${REQUEST('retire')}`),
    ]);
    assert.deepEqual(new Set(heard), new Set([0]), 'nobody is told anything');
    const window = lab.window({ tracker: null });
    await window.client.open();
    await window.client.settled();
    assert.equal((await lab.endpoint()).pid, pid);
    assert.ok(isRunning(pid));
  });

  it('accepts the secret in two parts, followed by a request', async () => {
    const { address, secret } = await lab.endpoint();
    const bytes = Buffer.from(secret, 'hex');
    const socket = connect(address);
    let heard = '';
    const answered = new Promise<void>((resolve) => {
      socket.on('data', (chunk) => {
        heard += String(chunk);
        if (heard.includes('"link":"none"')) resolve();
      });
    });
    socket.write(bytes.subarray(0, 7));
    await new Promise((resolve) => setImmediate(resolve));
    socket.write(Buffer.concat([bytes.subarray(7), Buffer.from(REQUEST('attach'))]));
    await answered;
    const closed = cutOff(socket);
    socket.end();
    await closed;
  });

  it('survives a client that disconnects in the middle', async () => {
    const { address, secret, pid } = await lab.endpoint();
    const socket = connect(address);
    const closed = cutOff(socket);
    socket.write(Buffer.from(secret, 'hex'));
    socket.write('Content-Length: nonsense\r\n\r\n');
    socket.write(randomBytes(1000));
    socket.end();
    await closed;
    const window = lab.window({ tracker: null });
    await window.client.open();
    assert.equal((await lab.endpoint()).pid, pid);
  });
});
