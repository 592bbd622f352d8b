import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { isIPv4 } from 'node:net';
import { LINUX_ROUTES_FILE, parseLinuxRoutes } from '../../../sdk/program/index.js';

const HEAD = 'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT';
const route = (to: string, gateway: string, flags: string, metric: number, mask: string) =>
  `eth0\t${to}\t${gateway}\t${flags}\t0\t0\t${metric}\t${mask}\t0\t0\t0`;

describe("Linux's table of routes", () => {
  it('names the gateways, in the byte order of the processor', () => {
    const table = [
      HEAD,
      route('00000000', '010011AC', '0003', 100, '00000000'),
      route('0000000A', '010011AD', '0003', 0, '000000FF'),
      '',
    ].join('\n');
    assert.deepEqual(parseLinuxRoutes(table, true), [
      { gateway: '172.17.0.1', isDefault: true, metric: 100 },
      { gateway: '173.17.0.1', isDefault: false, metric: 0 },
    ]);
    const swapped = table.replaceAll('010011A', 'AC11000').replaceAll('AC11000C', 'AC110001');
    assert.equal(parseLinuxRoutes(swapped, false)[0]?.gateway, '172.17.0.1');
  });

  it('has lines that lead through no gateway, or that are no routes: they are left out', () => {
    const table = [
      HEAD,
      route('00000000', '00000000', '0001', 50, '00000000'), // through a tunnel
      route('000011AC', '00000000', '0001', 0, '0000FFFF'),
      route('00000000', '010011AC', '0002', 0, '00000000'), // not in use
      route('00000000', '010011', '0003', 0, '00000000'),
      'nonsense',
      'a\tb\tc',
    ].join('\n');
    assert.deepEqual(parseLinuxRoutes(table), []);
    assert.deepEqual(parseLinuxRoutes(''), []);
  });

  it('is read of this system, where it has one', function () {
    if (!existsSync(LINUX_ROUTES_FILE)) this.skip(); // another system than Linux
    for (const { gateway, metric } of parseLinuxRoutes(readFileSync(LINUX_ROUTES_FILE, 'latin1'))) {
      assert.ok(isIPv4(gateway), gateway);
      assert.ok(Number.isInteger(metric));
    }
  });
});
