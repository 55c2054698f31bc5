import assert from 'node:assert/strict';

import { memory } from '../../../src/engine/backend/lifetimes';
import * as tf from '../../../src/engine/tf';
import { CASES, run } from '../../../tools/loops';
import { tensorsLeft } from '../../support/memory';

const native = tf.getBackend() === 'tensorflow';

(native ? describe : describe.skip)('tensors that nobody disposes of', function () {
  this.timeout(60_000);

  for (const name of Object.keys(CASES))
    it(`take no more at the end than at the beginning: ${name}`, async () => {
      const { megabytes, peak } = await run(name, 60);
      const [first = 0, , last = 0] = megabytes;
      assert.ok(last <= first + 0.1, `${first} MB, then ${last} MB`); // up to one iteration may still be in use
      assert.ok(peak < first + 150, `up to ${peak} MB`);
    });

  it('are freed within one synchronous loop, and counted no more', () => {
    const before = memory().bytes;
    for (let i = 0; i < 400; i++) tf.ones([512, 512]).mul(i);
    assert.ok(memory({ collect: false }).bytes - before < 150e6);
    assert.ok(memory().bytes - before < 10e6);
  });

  it('are those alone: a view keeps the data, a dispose frees it at once', async () => {
    const x = tf.ones([100]);
    const view = x.reshape([10, 10]);
    x.dispose();
    await tensorsLeft();
    assert.equal(view.sum().dataSync()[0], 100);
    assert.throws(
      () => x.dataSync(),
      /Cannot use a tensor \[100\] that was freed, by dispose\(\) or at the end of the tidy/,
    );
    assert.equal(String(x), 'tensor(freed, size=[100])');
  });

  it('are variables and models too', async () => {
    const before = await tensorsLeft();
    const names = (): number => Object.keys(tf.engine().registeredVariables).length;
    const known = names();
    for (let i = 0; i < 50; i++) tf.variable(tf.ones([10]));
    assert.ok((await tensorsLeft(before)) <= before);
    assert.ok(names() <= known);
  });
});
