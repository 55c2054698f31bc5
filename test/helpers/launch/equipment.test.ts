import assert from 'node:assert/strict';
import { availableParallelism } from 'node:os';

import { parseDevice, visibleDevices } from '../../../src/engine/backend/device';
import { cardsFor, environmentsOf } from '../../../src/helpers/launch/equipment';

describe('what workers have of their machine', () => {
  it('are the cards that are there and may be seen, unless another device is asked for', () => {
    assert.equal(cardsFor({}, 4), 4);
    assert.equal(cardsFor({ TSDL_DEVICE: 'gpu' }, 4), 4);
    for (const device of ['cpu', 'js', 'gpu:1'])
      assert.equal(cardsFor({ TSDL_DEVICE: device }, 4), 0, device);
    for (const [visible, count] of [
      ['2,3', 2],
      ['0', 1],
      ['', 0],
      ['-1', 0],
      ['1,-1,2', 1],
      ['0,1,2,3,4', 4],
    ] as const) {
      assert.equal(cardsFor({ CUDA_VISIBLE_DEVICES: visible }, 4), count, visible);
    }
  });

  it('is one card each, of those that a scheduler has given', () => {
    const env = { CUDA_VISIBLE_DEVICES: '2,5,7' };
    const of = environmentsOf([0, 1, 2], cardsFor(env, 8), env);
    const cards = [0, 1, 2].map((rank) => {
      const { TSDL_DEVICE, NCCL_SOCKET_IFNAME } = of(rank, 'lo');
      assert.equal(NCCL_SOCKET_IFNAME, '=lo');
      return visibleDevices(parseDevice(TSDL_DEVICE), env.CUDA_VISIBLE_DEVICES, 8);
    });
    assert.deepEqual(cards, ['2', '5', '7']);
  });

  it('counts from the first worker that starts here', () => {
    const of = environmentsOf([4, 5], 2, {});
    assert.deepEqual(
      [4, 5].map((rank) => of(rank, 'eth1').TSDL_DEVICE),
      ['gpu:0', 'gpu:1'],
    );
    assert.equal(of(4, 'eth1').NCCL_SOCKET_IFNAME, '=eth1');
    assert.equal(
      environmentsOf([4, 5], 2, { NCCL_SOCKET_IFNAME: 'ib0' })(4, 'eth1').NCCL_SOCKET_IFNAME,
      'ib0',
    );
  });

  it('are equal parts of the processor where there is no card', () => {
    const each = String(Math.max(1, Math.floor(availableParallelism() / 2)));
    assert.deepEqual(environmentsOf([0, 1], 0, {})(1, 'lo'), {
      ...{ TF_NUM_INTRAOP_THREADS: each, TF_NUM_INTEROP_THREADS: each, OMP_NUM_THREADS: each },
    });
    assert.equal(environmentsOf([0, 1], 0, { TF_NUM_INTRAOP_THREADS: '3' })(0, 'lo').OMP_NUM_THREADS, '3');
    assert.deepEqual(environmentsOf([0], 0, {})(0, 'lo'), {}, 'all of it for a single one');
  });

  it('is never one card for two', () =>
    assert.throws(
      () => environmentsOf([0, 1, 2], 2, {}),
      /^RangeError: Cannot launch: expected at most 2 workers for 2 cards, got 3; TSDL_DEVICE=cpu/,
    ));
});
