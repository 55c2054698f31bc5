/** Steps of the guide's image classifiers on random images. */
import { inferenceMode } from '../../src/engine/autograd';
import { normal } from '../../src/engine/random';
import * as tf from '../../src/engine/tf';
import { CNN } from '../../src/models/cnn';
import { MLP } from '../../src/models/mlp';
import { ResidualBlock } from '../../src/models/resnet';
import * as nn from '../../src/nn';
import type { Mode, Step, Workload } from '../workload';
import { form, inBfloat16, labels, reading, seeded, trainStep } from './harness';

class ResidualNet extends nn.Module {
  readonly block1 = new ResidualBlock(1, 32);
  readonly block2 = new ResidualBlock(32, 64, { stride: 2 });
  readonly fc = new nn.Linear(64, 10);

  forward(x: tf.Tensor4D): tf.Tensor2D {
    x = this.block2.forward(this.block1.forward(x)); // [b, 14, 14, 64]
    return this.fc.forward(tf.mean(x, [1, 2]));
  }
}

function evaluation(mode: Mode): Step {
  const model = new CNN().eval();
  const [x, y] = [normal([1000, 28, 28, 1]), labels(1000)];
  const step = form(mode, (x: tf.Tensor4D, y: tf.Tensor1D) => {
    const logits = model.forward(x);
    const hits = tf.sum(tf.cast(tf.equal(tf.argMax(logits, 1), y), 'int32'));
    return [nn.crossEntropy(logits, y), hits];
  });
  return reading(() => inferenceMode(() => step(x, y)));
}

const IMAGE_VARIANTS = ['--compile', '--channels-last', '--channels-last --compile'];

const images = (): tf.Tensor => normal([64, 28, 28, 1]);

const cnn: Workload = {
  name: 'cnn',
  others: true,
  variants: [...IMAGE_VARIANTS, '--channels-last --compile=max-autotune'],
  title: 'CNN step (b 64)',
  calls: 20,
  rounds: 8,
  warmup: 10,
  setup: seeded((mode) => trainStep(new CNN(), images(), labels(64), mode)),
};

export const classifiers: readonly Workload[] = [
  {
    name: 'mlp',
    title: 'MLP step (b 64)',
    calls: 200,
    rounds: 8,
    warmup: 50,
    setup: seeded((mode) => trainStep(new MLP(784, 256, 10), normal([64, 784]), labels(64), mode)),
  },
  cnn,
  inBfloat16(cnn),
  {
    name: 'cnn-eval',
    variants: ['--inference', ...IMAGE_VARIANTS.map((flags) => `--inference ${flags}`)],
    title: 'CNN evaluation (1000 images)',
    calls: 5,
    rounds: 8,
    warmup: 10,
    setup: seeded(evaluation),
  },
  {
    name: 'residual',
    variants: IMAGE_VARIANTS,
    title: 'ResidualBlock net step (b 64)',
    calls: 5,
    rounds: 8,
    warmup: 10,
    setup: seeded((mode) => trainStep(new ResidualNet(), images(), labels(64), mode)),
  },
];
