import assert from 'node:assert/strict';

import { configPlan, freeHosts, hostsPlan, localPlan, networkOf } from '../../../src/helpers/launch/roster';

describe('plans of workers', () => {
  it('start all on this machine', () => {
    assert.deepEqual(localPlan(3), { workers: 3, ranks: [0, 1, 2] });
    for (const count of [0, 1.5, NaN, -1]) {
      assert.throws(
        () => localPlan(count),
        /^RangeError: Cannot launch: expected a whole number of workers ≥ 1/,
      );
    }
  });

  it('start one of several hosts', () => {
    assert.deepEqual(hostsPlan(['a:1', 'b:2'], 1), { hosts: ['a:1', 'b:2'], workers: 2, ranks: [1] });
    assert.throws(() => hostsPlan(['a:1', 'b:2'], 2), /expected --rank from 0 to 1, got 2/);
    assert.throws(() => hostsPlan(['a:1', 'b'], 0), /expected host:port for each worker, got "b"/);
    assert.throws(() => hostsPlan(['a:1', 'b:99999'], 0), /got "b:99999"/);
    assert.throws(() => hostsPlan(['a:1', 'a:1'], 0), /an address of its own/);
  });

  it('read TF_CONFIG, a chief first', () => {
    const cluster = { chief: ['c:1'], worker: ['a:1', 'b:1'] };
    const config = (type: string, index: number) => JSON.stringify({ cluster, task: { type, index } });
    const hosts = ['c:1', 'a:1', 'b:1'];
    assert.deepEqual(configPlan(config('chief', 0)), { hosts, workers: 3, ranks: [0] });
    assert.deepEqual(configPlan(config('worker', 1)), { hosts, workers: 3, ranks: [2] });
    assert.throws(() => configPlan(config('evaluator', 0)), /expected a TF_CONFIG of workers/);
    const ps = JSON.stringify({
      cluster: { worker: ['a:1'], ps: ['p:1'] },
      task: { type: 'worker', index: 0 },
    });
    assert.throws(() => configPlan(ps), /expected a TF_CONFIG of workers and at most a chief/);
  });

  it('find free ports, all different', async () => {
    const hosts = await freeHosts(4);
    assert.equal(new Set(hosts).size, 4);
    assert.ok(hosts.every((host) => /^127\.0\.0\.1:\d+$/.test(host)));
  });

  it('answer on loopback where all are there, and refuse an address of another machine', async () => {
    assert.equal(await networkOf(['127.0.0.1:1', 'localhost:2'], '127.0.0.1:1'), 'lo');
    await assert.rejects(
      networkOf(['127.0.0.1:1', '192.0.2.1:2'], '192.0.2.1:2'),
      /name the device with --interface/,
    );
  });
});
