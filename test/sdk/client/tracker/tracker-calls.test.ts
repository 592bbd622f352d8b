import assert from 'node:assert/strict';
import { TrackerCalls } from '../../../../sdk/client/tracker/tracker-calls.js';
import { hasCode } from '../../../support/has-code.js';

describe('a call to a tracker', () => {
  it('that an older one does not know says that it is older', async () => {
    const calls = new TrackerCalls({
      send(text) {
        const { id } = JSON.parse(text) as { id: number };
        const error = { code: -32_601, message: 'Method not found' };
        setImmediate(() => calls.receive(JSON.stringify({ jsonrpc: '2.0', id, error })));
      },
      event: () => {},
    });
    const change = calls.call('changePassword', { password: 'a', newPassword: 'b' });
    await assert.rejects(change, (error) => hasCode('TRACKER_INCOMPATIBLE')(error) && /update it/.test(String(error)));
  });
});
