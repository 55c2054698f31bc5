import assert from 'node:assert/strict';

import { compile } from '../../src/engine/compile';
import { manualSeed, normal } from '../../src/engine/random';
import * as tf from '../../src/engine/tf';
import { Adam } from '../../src/helpers/optim/optimizers';
import { gaussianKl, reparameterize, VAE } from '../../src/models/vae';
import { assertClose } from '../support/close';

const small = { imageSize: 8, hidden: 16, latent: 3 };
const images = () => tf.sigmoid(normal([6, 8, 8, 1], 0, 2));

describe('gaussianKl', () => {
  it('is 0 for the prior itself and ½ (μ² + σ² − 1 − log σ²) by hand', () => {
    const zero = tf.zeros([2, 3]);
    assertClose(gaussianKl({ mean: zero, logVar: zero }).arraySync(), [0, 0], 0);
    const q = { mean: tf.tensor2d([[2]]), logVar: tf.tensor2d([[Math.log(0.25)]]) };
    assertClose(gaussianKl(q).arraySync(), [0.5 * (4 + 0.25 - 1 - Math.log(0.25))], 1e-6);
  });

  it('is the mean of log q(z) − log p(z) over draws of z', () => {
    manualSeed(5);
    const [n, mean, logVar] = [200_000, 0.7, -0.8];
    const q = { mean: tf.fill([n, 1], mean), logVar: tf.fill([n, 1], logVar) };
    const z = reparameterize(q);
    const logQ = tf.mul(tf.add(tf.div(tf.square(tf.sub(z, mean)), Math.exp(logVar)), logVar), -0.5);
    const estimate = tf.mean(tf.add(logQ, tf.mul(tf.square(z), 0.5))).arraySync() as number;
    assertClose([estimate], [gaussianKl(q).dataSync()[0]!], 0.01);
  });
});

describe('reparameterize', () => {
  it('draws from N(μ, σ²), another sample at each call, the same ones after the same seed', () => {
    const q = {
      mean: tf.fill([50_000, 1], 3),
      logVar: tf.fill([50_000, 1], Math.log(4)),
    };
    manualSeed(1);
    const [first, second] = [reparameterize(q), reparameterize(q)];
    const { mean, variance } = tf.moments(first);
    assertClose([mean.dataSync()[0]!, variance.dataSync()[0]!], [3, 4], 0.06);
    assert.notDeepEqual(first.arraySync(), second.arraySync());
    manualSeed(1);
    assert.deepEqual(reparameterize(q).arraySync(), first.arraySync());
  });

  it('passes on gradients: dz/dμ = 1, dz/d log σ² = ½ (z − μ)', () => {
    const [mean, logVar] = [tf.variable(tf.tensor2d([[1, -2]])), tf.variable(tf.tensor2d([[0.4, -1]]))];
    manualSeed(9);
    const { value, grads } = tf.variableGrads(() => tf.sum(reparameterize({ mean, logVar })), [mean, logVar]);
    manualSeed(9);
    const z = reparameterize({ mean, logVar }).dataSync();
    assertClose([value.dataSync()[0]!], [z[0]! + z[1]!], 1e-6);
    assertClose(grads[mean.name]!.dataSync(), [1, 1], 1e-6);
    assertClose(grads[logVar.name]!.dataSync(), [(z[0]! - 1) / 2, (z[1]! + 2) / 2], 1e-6);
  });
});

describe('VAE', () => {
  it('maps images to logits of their shape, to the mean’s in evaluation', () => {
    const vae = new VAE(small);
    const x = images();
    assert.deepEqual(vae.forward(x).shape, [6, 8, 8, 1]);
    assert.notDeepEqual(vae.forward(x).arraySync(), vae.forward(x).arraySync());
    vae.eval();
    assert.deepEqual(vae.forward(x).arraySync(), vae.decode(vae.encode(x).mean).arraySync());
  });

  it('learns two images; compiled steps draw the noise that eager ones draw', () => {
    const run = (wrap: typeof compile | undefined) => {
      manualSeed(3);
      const vae = new VAE(small);
      const optimizer = new Adam(vae.parameters(), { lr: 1e-2 });
      const two = tf.greater(normal([2, 8, 8, 1]), 0);
      const x = tf.tile(tf.cast(two, 'float32'), [4, 1, 1, 1]);
      const step = (batch: tf.Tensor4D) =>
        optimizer.minimize(() => {
          const { reconstruction, kl } = vae.loss(batch);
          return tf.add(reconstruction, kl);
        });
      const used = wrap ? wrap(step) : step;
      return Array.from({ length: 60 }, () => tf.tidy(() => used(x).dataSync()[0]!));
    };
    const [eager, compiled] = [run(undefined), run(compile)];
    assertClose(compiled.slice(0, 20), eager.slice(0, 20), 1e-2);
    assert.ok(eager.at(-1)! < 0.3 * eager[0]!, `from ${eager[0]} to ${eager.at(-1)}`);
  });
});
