import assert from 'node:assert/strict';

import { compile } from '../../src/engine/compile';
import { manualSeed, normal } from '../../src/engine/random';
import * as tf from '../../src/engine/tf';
import { Adam } from '../../src/helpers/optim/optimizers';
import { Discriminator, discriminatorLoss, Generator, generatorLoss } from '../../src/models/dcgan';
import { assertClose } from '../support/close';

const small = { latent: 6, features: 4 };

/** Losses of alternating steps, and both models. */
function play(steps: number, wrap?: typeof compile) {
  manualSeed(7);
  const [generator, discriminator] = [new Generator(small), new Discriminator({ features: 4 })];
  const options = { lr: 1e-3, betas: [0.5, 0.999] } as const;
  const ofG = new Adam(generator.parameters(), options);
  const ofD = new Adam(discriminator.parameters(), options);
  const real = tf.tanh(normal([8, 28, 28, 1]));
  const d = (x: tf.Tensor4D) =>
    ofD.minimize(() =>
      discriminatorLoss(discriminator.forward(x), discriminator.forward(generator.sample(8))),
    );
  const g = () => ofG.minimize(() => generatorLoss(discriminator.forward(generator.sample(8))));
  const [stepD, stepG] = wrap ? [wrap(d), wrap(g)] : [d, g];
  const losses = Array.from({ length: steps }, () => [
    tf.tidy(() => stepD(real).dataSync()[0]!),
    tf.tidy(() => stepG().dataSync()[0]!),
  ]);
  return { losses, generator, discriminator, stepD: () => stepD(real), stepG };
}

const values = (variables: readonly tf.Variable[]) => variables.map((v) => Array.from(v.dataSync()));

describe('Generator and Discriminator', () => {
  it('map [b, latent] to images within ±1 and images to [b]', () => {
    const fake = new Generator(small).sample(3);
    assert.deepEqual(fake.shape, [3, 28, 28, 1]);
    assert.ok(fake.dataSync().every((v) => Math.abs(v) <= 1));
    assert.deepEqual(new Discriminator({ features: 4 }).forward(fake).shape, [3]);
    assert.deepEqual(new Generator({ ...small, channels: 3 }).sample(2).shape, [2, 28, 28, 3]);
  });

  it('start with kernels from N(0, 0.02) and scales from N(1, 0.02)', () => {
    manualSeed(2);
    for (const [name, weight] of new Generator().namedParameters().filter(([n]) => n.endsWith('weight'))) {
      const { mean, variance } = tf.moments(weight);
      assertClose([mean.dataSync()[0]!], [weight.rank === 4 ? 0 : 1], 0.01);
      assert.ok(Math.abs(Math.sqrt(variance.dataSync()[0]!) - 0.02) < 0.004, name);
    }
  });

  it('have the losses of the paper', () => {
    const [real, fake] = [tf.tensor1d([2, -1]), tf.tensor1d([0.5])];
    const log = (x: number) => Math.log(1 / (1 + Math.exp(-x)));
    const expected = -(log(2) + log(-1)) / 2 - log(-0.5);
    assertClose(discriminatorLoss(real, fake).dataSync(), [expected], 1e-6);
    assertClose(generatorLoss(fake).dataSync(), [-log(0.5)], 1e-6);
  });

  it('take turns: each step moves its own weights, and the generator’s statistics move in both', () => {
    const { generator, discriminator, stepD, stepG } = play(2, compile);
    let [g, d] = [values(generator.parameters()), values(discriminator.parameters())];
    const [seen] = values(generator.buffers());
    stepD();
    assert.deepEqual(values(generator.parameters()), g);
    assert.notDeepEqual(values(discriminator.parameters()), d);
    assert.notDeepEqual(values(generator.buffers())[0], seen);
    [g, d] = [values(generator.parameters()), values(discriminator.parameters())];
    stepG();
    assert.notDeepEqual(values(generator.parameters()), g);
    assert.deepEqual(values(discriminator.parameters()), d);
  });

  it('train the same compiled as eagerly', () => {
    assertClose(play(5, compile).losses.flat(), play(5).losses.flat(), 1e-3);
  });
});
