import { isNative } from '../../../src/engine/backend/rawops';
import { lstmStep } from '../../../src/engine/ops/lstm';
import { lstmScan } from '../../../src/engine/ops/lstmscan';
import { manualSeed, normal } from '../../../src/engine/random';
import * as tf from '../../../src/engine/tf';
import { assertClose } from '../../support/close';

type Scan = typeof lstmScan;

/** The same by single steps, gradients by the tape. */
const bySteps: Scan = (projected, [h, c], weight, reverse) => {
  const shares = tf.unstack(projected);
  const outputs: tf.Tensor2D[] = [];
  let state: readonly [tf.Tensor2D, tf.Tensor2D] = [h, c];
  shares.forEach((_, n) => {
    const at = reverse ? shares.length - 1 - n : n;
    state = lstmStep(shares[at]!, state, weight).next;
    outputs[at] = state[0];
  });
  return { output: tf.stack(outputs), state: [...state] };
};

describe('lstmScan', () => {
  before(function () {
    if (!isNative()) this.skip();
  });

  for (const reverse of [false, true]) {
    it(`equals single steps, values and all gradients, run ${reverse ? 'backwards' : 'forwards'}`, () => {
      manualSeed(1);
      const inputs = [normal([5, 3, 8]), normal([3, 2]), normal([3, 2]), normal([8, 2])];
      const [a, b, c] = [normal([5, 3, 2]), normal([3, 2]), normal([3, 2])];
      const results = [lstmScan, bySteps].map((scan) => {
        const loss = (x: tf.Tensor, h: tf.Tensor, k: tf.Tensor, w: tf.Tensor): tf.Tensor => {
          const first = [h, k] as [tf.Tensor2D, tf.Tensor2D];
          const { output, state } = scan(x, first, w, reverse);
          return tf.addN([
            tf.sum(tf.mul(output, a)),
            tf.sum(tf.mul(state[0], b)),
            tf.sum(tf.mul(state[1], c)),
          ]);
        };
        const { value, grads } = tf.valueAndGrads(loss)(inputs);
        return [value, ...grads].flatMap((tensor) => Array.from(tensor.dataSync()));
      });
      assertClose(results[0]!, results[1]!, 1e-5);
    });
  }
});
