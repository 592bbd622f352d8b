import assert from 'node:assert/strict';
import { AddressBudgets } from '../../../../tracker/server/budgets/address-budgets.js';
import { DEFAULT_LIMITS } from '../../../../tracker/server/budgets/limits.js';
import { hasCode } from '../../../support/has-code.js';

describe('the budgets of an address', () => {
  let nowMs = 0;
  const open = (atOnce: number, perHour: number) =>
    new AddressBudgets({ ...DEFAULT_LIMITS, signUpsPerAddress: { atOnce, perHour } }, () => nowMs);

  beforeEach(() => {
    nowMs = 0;
  });

  it('are used up, and refill with time', async () => {
    const budgets = open(3, 3600);
    for (let times = 0; times < 3; times++) await budgets.spend('signUpsPerAddress', '192.0.2.1');
    await assert.rejects(budgets.spend('signUpsPerAddress', '192.0.2.1'), hasCode('RATE_LIMITED'));
    await assert.rejects(budgets.spend('signUpsPerAddress', '192.0.2.1', 3), /accounts made .* try again in 3 s,/);
    await budgets.spend('groupsPerAddress', '192.0.2.1');
    await budgets.spend('signUpsPerAddress', '192.0.2.2');
    nowMs = 1000;
    await budgets.spend('signUpsPerAddress', '192.0.2.1');
    await assert.rejects(budgets.spend('signUpsPerAddress', '192.0.2.1'), hasCode('RATE_LIMITED'));
  });

  it('are shared by all addresses of an IPv6 network, and by both notations of an IPv4 address', async () => {
    const budgets = open(2, 1);
    await budgets.spend('signUpsPerAddress', '2001:db8:0:1::1');
    await budgets.spend('signUpsPerAddress', '2001:db8::1:ffff:0:0:2');
    await assert.rejects(budgets.spend('signUpsPerAddress', '2001:db8:0:1:2:3:4:5'), /try again in 60 minutes/);
    await budgets.spend('signUpsPerAddress', '2001:db8:0:2::1');
    await budgets.spend('signUpsPerAddress', '192.0.2.1', 2);
    await assert.rejects(budgets.spend('signUpsPerAddress', '::ffff:192.0.2.1'), hasCode('RATE_LIMITED'));
  });

  it('allow more than their burst at once when they are full', async () => {
    const budgets = open(10, 3600);
    await budgets.spend('signUpsPerAddress', '192.0.2.1', 50);
    await assert.rejects(budgets.spend('signUpsPerAddress', '192.0.2.1'), hasCode('RATE_LIMITED'));
    nowMs = 10_000;
    await budgets.spend('signUpsPerAddress', '192.0.2.1', 50);
  });
});
