import * as tf from '../../../src/engine/tf';
import { generate, sample } from '../../../src/helpers/inspect/generate';
import { gradCam } from '../../../src/helpers/inspect/gradcam';
import { interpret, Interpretation } from '../../../src/helpers/inspect/interpretation';
import { lrFinder } from '../../../src/helpers/inspect/lrfinder';
import { activations } from '../../../src/helpers/inspect/stats';
import { SGD } from '../../../src/helpers/optim/optimizers';
import * as nn from '../../../src/nn';
import { TinyNet } from '../../support/blobs';
import { type Refusal, refuses } from '../../support/refusals';

class Eye extends nn.Module {
  readonly conv = new nn.Conv2d(1, 3, 3, { padding: 1 });
  readonly fc = new nn.Linear(3, 2);
  readonly unused = new nn.Conv2d(1, 1, 1);

  forward(x: tf.Tensor4D): tf.Tensor2D {
    return this.fc.forward(tf.mean(this.conv.forward(x), [1, 2]));
  }
}

const image = tf.ones([1, 4, 4, 1]);
const logits: (ids: tf.Tensor2D) => tf.Tensor3D = (ids) => tf.zeros([1, ids.shape[1] ?? 0, 3]);

describe('Text', () => {
  const cannot = 'RangeError: Cannot sample: expected';
  refuses([
    ...[-1, NaN].map((temperature): Refusal => [
      `${cannot} a temperature of at least 0, got ${temperature}`,
      () => sample([0], { temperature }),
    ]),
    [`${cannot} topK of at least 1, got 0`, () => sample([0], { topK: 0 })],
    [`${cannot} a finite logit, got none`, () => sample([-Infinity, NaN])],
    [
      'RangeError: Cannot generate: expected a first token, got none',
      () => generate(logits, [], { count: 1, window: 2 }),
    ],
  ]);
});

describe('A learning-rate sweep', () => {
  const model = new TinyNet();
  const optimizer = new SGD(model.parameters());
  const batch = [tf.ones([1, 2]), tf.zeros([1], 'int32')] as const;
  const sweep = (options: object) => () =>
    lrFinder(model, { train: [batch], loss: nn.crossEntropy, optimizer, compile: false, ...options });
  const cannot = 'RangeError: Cannot find learning rate: expected';
  refuses([
    [`${cannot} 0 < startLr < endLr, got 1 and 0.1`, sweep({ startLr: 1, endLr: 0.1 })],
    [`${cannot} 0 < startLr < endLr, got 1 and 1`, sweep({ startLr: 1, endLr: 1 })],
    [`${cannot} 0 < startLr < endLr, got 0 and 1`, sweep({ startLr: 0 })],
    [`${cannot} 10 steps or more, got 9`, sweep({ steps: 9 })],
    [`${cannot} 10 steps or more, got 10.5`, sweep({ steps: 10.5 })],
    [`${cannot} at least one batch, got 0`, sweep({ train: [] })],
  ]);
});

describe('Pictures of what a network sees', () => {
  const cannot = 'RangeError: Cannot compute Grad-CAM: expected';
  const found = new Interpretation([], 2, new Map([[3, new Float32Array(1)]]), [1]);
  const judged = { index: 0, label: 0, predicted: 0, probability: 1, loss: 0 };
  refuses([
    [
      `${cannot} one image [1, h, w, c], got [2, 4, 4, 1]`,
      () => gradCam(new Eye(), 'conv', tf.ones([2, 4, 4, 1])),
    ],
    [`${cannot} "fc" to give maps [1, h, w, c], got [1, 2]`, () => gradCam(new Eye(), 'fc', image)],
    [
      `${cannot} "unused" to give maps [1, h, w, c], got no such layer in use`,
      () => gradCam(new Eye(), 'unused', image),
    ],
    ...[2, -1, 0.5].map((k): Refusal => [
      `${cannot} a class from 0 to 1, got ${k}`,
      () => gradCam(new Eye(), 'conv', image, k),
    ]),
    [
      'RangeError: Cannot take inputs: expected a sample among the 1 worst, got number 0',
      () => found.inputs([judged]),
    ],
    ['RangeError: Cannot interpret: expected at least one batch, got 0', () => interpret(new Eye(), [])],
    [
      'RangeError: Cannot take activations: expected layers among fc1, fc2, got "fc3", "fc4"',
      () => activations(new TinyNet(), ['fc1', 'fc3', 'fc4'], tf.ones([1, 2])),
    ],
  ]);
});
