import assert from 'node:assert/strict';

import { dynamicScalar, dynamicTensor } from '../../../src/engine/recording/dynamic';
import { guard } from '../../../src/engine/recording/guards';

describe('dynamicScalar', () => {
  it('is a scalar of the value read now', () => {
    let lr = 0.5;
    const read = (): number => lr;
    assert.equal(dynamicScalar(read).dataSync()[0], 0.5);
    lr = 0.25;
    const scalar = dynamicScalar(read, 'float32');
    assert.equal(scalar.dataSync()[0], 0.25);
    assert.deepEqual(scalar.shape, []);
  });
});

describe('dynamicTensor', () => {
  it('keeps shape and type', () => {
    let counter = 0;
    const seed = dynamicTensor(() => [7, ++counter], [2], 'int32');
    assert.equal(seed.dtype, 'int32');
    assert.deepEqual(seed.arraySync(), [7, 1]);
    assert.equal(counter, 1);
  });
});

describe('guard', () => {
  it('returns the value read now', () => {
    assert.equal(
      guard(() => true),
      true,
    );
  });
});
