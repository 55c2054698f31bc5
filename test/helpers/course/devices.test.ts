import assert from 'node:assert/strict';

import { device } from '../../../src/engine/tf';
import { timeDevices } from '../../../src/helpers/course/devices';

describe('timeDevices', function () {
  this.timeout(60_000);

  it('measures this machine’s device and plain JavaScript, each in its own process', async () => {
    const timings = await timeDevices(1);
    const kinds = timings.map(({ kind }) => kind);
    assert.ok(kinds.includes(device.kind) && kinds.includes('js'), kinds.join());
    assert.equal(new Set(kinds).size, kinds.length);
    for (const { matmulMs, convMs } of timings) assert.ok(matmulMs > 0 && convMs > 0);
  });
});
