import assert from 'node:assert/strict';

import { manualSeed } from '../../src/engine/random';
import * as tf from '../../src/engine/tf';
import { CNN } from '../../src/models/cnn';
import { ResidualBlock } from '../../src/models/resnet';

describe('CNN', () => {
  it('maps [b, 28, 28, 1] to [b, 10] with the parameters of the guide', () => {
    const model = new CNN();
    assert.deepEqual(model.forward(tf.zeros([2, 28, 28, 1])).shape, [2, 10]);
    assert.equal(
      model.parameters().reduce((sum, p) => sum + p.size, 0),
      688138,
    );
  });

  it('drops at random while training and not in evaluation', () => {
    manualSeed(3);
    const model = new CNN({ numClasses: 3 });
    const x = tf.ones([1, 28, 28, 1]);
    assert.notDeepEqual(model.forward(x).arraySync(), model.forward(x).arraySync());
    model.eval();
    assert.deepEqual(model.forward(x).arraySync(), model.forward(x).arraySync());
  });
});

describe('ResidualBlock', () => {
  it('keeps the shape, or halves it and changes the channels through its shortcut', () => {
    const x = tf.zeros([2, 8, 8, 4]);
    assert.deepEqual(new ResidualBlock(4, 4).forward(x).shape, [2, 8, 8, 4]);
    assert.deepEqual(new ResidualBlock(4, 6, { stride: 2 }).forward(x).shape, [2, 4, 4, 6]);
    assert.equal(new ResidualBlock(4, 4).shortcut.length, 0);
  });
});
