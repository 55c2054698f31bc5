import assert from 'node:assert/strict';

import * as tf from '../../../src/engine/tf';
import { accelerate, acceleratedFor } from '../../../src/helpers/train/accelerate';
import { printed } from '../../support/kernel';

describe('acceleratedFor()', () => {
  const model = {};
  const disposed: string[] = [];
  const make = (name: string) => () => ({ name, dispose: () => void disposed.push(name) });
  const get = (name: string, ...key: unknown[]) => acceleratedFor(model, key, make(name)).name;
  const loss = () => 0;

  it('gives what was made for the same model and key, part by part, and else something new', () => {
    assert.equal(get('a', 'step', loss), 'a');
    assert.equal(get('b', 'step', loss), 'a');
    assert.equal(get('c', 'step'), 'c');
    assert.equal(get('d', 'step', loss, 1), 'd');
    assert.equal(get('e', 'step', () => 0), 'e'); // prettier-ignore
    assert.equal(acceleratedFor({}, ['step', loss], make('f')).name, 'f');
    assert.deepEqual(disposed, []);
  });

  it('keeps four a model, and lets the oldest go', () => {
    assert.equal(get('g', 'new'), 'g');
    assert.deepEqual(disposed.splice(0), ['a']);
    assert.equal(get('h', 'step'), 'c');
    assert.equal(get('i', 'step', loss), 'i');
    assert.deepEqual(disposed, ['c']);
  });
});

describe('accelerate()', () => {
  const reading = (x: tf.Tensor) => tf.mul(x, x.dataSync().length); // a replay could not repeat it

  before(function () {
    if (tf.device.kind === 'js') this.skip(); // no graphs
  });

  it('runs what cannot be recorded operation by operation, and says each reason once', async () => {
    const step = accelerate(reading, true, 'bfloat16');
    const x = tf.tensor1d([1, 2]);
    const lines = await printed(() => {
      for (let i = 0; i < 2; i++) assert.deepEqual([...step.run(x).dataSync()], [2, 4]);
      accelerate(reading, true).run(x).dispose();
    });
    assert.equal(lines.length, 1);
    assert.match(
      lines[0]!,
      /^未编译成计算图（.+），改为逐个操作执行，速度会慢一些，精度仍是 float32，不是 bfloat16$/,
    );
    const other = (y: tf.Tensor) => tf.mul(y, y.arraySync() === 0 ? 1 : 3);
    const more = await printed(() => accelerate(other, true).run(x).dispose());
    assert.match(more.join(), /，速度会慢一些$/); // another reason, no precision asked for
    step.dispose();
  });

  it('leaves a function as it is where that is asked for, and gives recordings free', () => {
    assert.equal(accelerate(reading, false).run, reading);
    accelerate(reading, false).dispose();
    const step = accelerate((x: tf.Tensor) => tf.square(x), true);
    assert.deepEqual([...step.run(tf.tensor1d([3])).dataSync()], [9]);
    step.dispose();
    assert.throws(() => step.run(tf.tensor1d([3])), /it was disposed/);
  });
});
