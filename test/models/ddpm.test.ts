import assert from 'node:assert/strict';

import { compile } from '../../src/engine/compile';
import { manualSeed, normal } from '../../src/engine/random';
import * as tf from '../../src/engine/tf';
import { Adam } from '../../src/helpers/optim/optimizers';
import { cosineBetas, Denoiser, GaussianDiffusion, linearBetas } from '../../src/models/ddpm';
import { ImageDenoiser, PointDenoiser, timeEmbedding } from '../../src/models/denoiser';
import { assertClose } from '../support/close';
import { tensorsLeft } from '../support/memory';

const at = (t: number, b = 1) => tf.fill([b], t, 'int32');
const left = (diffusion: GaussianDiffusion) => Array.from(diffusion.alphasCumprod.dataSync());

/** Knows the data: everything is at `point`, so the noise in x is what leads there. */
const oracle = (diffusion: GaussianDiffusion, point: number): Denoiser => ({
  forward(x, t) {
    const a = tf.reshape(tf.gather(diffusion.alphasCumprod, t), [-1, 1]);
    return tf.div(tf.sub(x, tf.mul(tf.sqrt(a), point)), tf.sqrt(tf.sub(1, a)));
  },
});

describe('noise schedules', () => {
  it('linear: with 1000 steps the paper’s, from 0.0001 to 0.02', () => {
    const betas = linearBetas(1000);
    assertClose([betas[0]!, betas[999]!, betas.length], [1e-4, 0.02, 1000], 1e-12);
  });

  it('cosine: ᾱ is cos² of the time, and every β below 1', () => {
    const betas = cosineBetas(50);
    const f = (t: number) => Math.cos(((t / 50 + 0.008) / 1.008) * (Math.PI / 2)) ** 2;
    const kept = left(new GaussianDiffusion(betas));
    for (const t of [0, 1, 25, 49]) assertClose([kept[t]!], [f(t) / f(0)], 1e-6);
    assert.ok(betas.every((beta) => beta > 0 && beta <= 0.999));
  });

  it('end near pure noise', () => {
    for (const betas of [linearBetas(40), cosineBetas(40)]) {
      assert.ok(left(new GaussianDiffusion(betas)).at(-1)! < 1e-3);
    }
  });

  it('refuse no steps, no variances and those beyond 0 … 1', () => {
    assert.throws(() => linearBetas(0), {
      message: 'Cannot build linearBetas: expected at least 1 step, got 0',
    });
    assert.throws(() => new GaussianDiffusion([]), /expected variances between 0 and 1, got none/);
    assert.throws(() => new GaussianDiffusion([0.1, 1]), /expected variances between 0 and 1, got 1$/);
  });
});

describe('GaussianDiffusion', () => {
  it('keeps ᾱ as the running product of 1 − β', () => {
    assertClose(left(new GaussianDiffusion([0.1, 0.2, 0.5])), [1, 0.9, 0.72, 0.36], 1e-7);
  });

  it('noises in one step as in many: mean and variance of q(x_t | x₀)', () => {
    manualSeed(4);
    const [diffusion, n] = [new GaussianDiffusion([0.1, 0.2, 0.5]), 100_000];
    let walked: tf.Tensor2D = tf.fill([n, 1], 2);
    for (const beta of [0.1, 0.2, 0.5]) {
      walked = tf.add(tf.mul(walked, Math.sqrt(1 - beta)), normal([n, 1], 0, Math.sqrt(beta)));
    }
    const jumped = diffusion.forward(tf.fill([n, 1], 2), at(3, n), normal([n, 1]));
    for (const x of [walked, jumped]) {
      const { mean, variance } = tf.moments(x);
      assertClose([mean.dataSync()[0]!, variance.dataSync()[0]!], [2 * 0.6, 0.64], 0.015);
    }
  });

  it('steps back by the posterior of the paper where eta is 1', () => {
    manualSeed(6);
    const [betas, t, n] = [linearBetas(20), 8, 100_000];
    const diffusion = new GaussianDiffusion(betas);
    const [abar, before, beta] = [left(diffusion)[t]!, left(diffusion)[t - 1]!, betas[t - 1]!];
    const [x, data] = [1.3, -0.4];
    const noise = (x - Math.sqrt(abar) * data) / Math.sqrt(1 - abar);
    const times = { from: at(t, n), to: at(t - 1, n) };
    const filled = (value: number) => tf.fill([n, 1], value);
    const { mean, variance } = tf.moments(diffusion.stepBack(filled(x), filled(noise), times, { eta: 1 }));
    // Equation 7 of Ho et al.
    const expected = (Math.sqrt(before) * beta * data + Math.sqrt(1 - beta) * (1 - before) * x) / (1 - abar);
    const spread = ((1 - before) / (1 - abar)) * beta;
    assertClose([mean.dataSync()[0]!, variance.dataSync()[0]!], [expected, spread], 0.005);
  });

  it('leads to the data with a denoiser that knows it, in all steps or a few, with fresh noise or none', () => {
    const diffusion = new GaussianDiffusion(cosineBetas(50));
    for (const options of [{}, { eta: 1 }, { steps: 5 }, { steps: 7, eta: 0.5, clip: 2 }]) {
      const x = diffusion.sample(oracle(diffusion, 1.5), [4, 2], options);
      assertClose(x.dataSync(), new Array(8).fill(1.5), 1e-3);
    }
  });

  it('cuts its guesses of the data', () => {
    const diffusion = new GaussianDiffusion(cosineBetas(50));
    const x = diffusion.sample(oracle(diffusion, 3), [4, 2], { steps: 10, clip: 1 });
    assertClose(x.dataSync(), new Array(8).fill(1), 1e-6);
  });

  it('shows each state and its time, from T down to 0, and draws the same after the same seed', () => {
    const diffusion = new GaussianDiffusion(linearBetas(20));
    const net = new PointDenoiser({ hidden: 8, timeDim: 4 });
    const path = () => {
      manualSeed(2);
      const seen: { t: number; x: number[] }[] = [];
      diffusion.sample(net, [3, 2], {
        steps: 4,
        eta: 1,
        onStep: (x, t) => seen.push({ t, x: [...x.dataSync()] }),
      });
      return seen;
    };
    const seen = path();
    assert.deepEqual(
      seen.map(({ t }) => t),
      [20, 15, 10, 5, 0],
    );
    assert.deepEqual(path(), seen);
  });

  it('frees what it makes', async () => {
    const diffusion = new GaussianDiffusion(linearBetas(10));
    const net = new PointDenoiser({ hidden: 8, timeDim: 4 });
    diffusion.sample(net, [3, 2]).dispose();
    const before = await tensorsLeft();
    diffusion.sample(net, [3, 2]).dispose();
    assert.ok((await tensorsLeft(before)) <= before);
  });

  it('refuses more steps than there are', () => {
    const diffusion = new GaussianDiffusion(linearBetas(10));
    const message = 'Cannot sample: expected 1 to 10 steps, got 11';
    assert.throws(() => diffusion.sample(oracle(diffusion, 0), [1, 2], { steps: 11 }), {
      name: 'RangeError',
      message,
    });
  });

  it('learns points, compiled as eagerly', () => {
    const run = (wrap?: typeof compile) => {
      manualSeed(8);
      const diffusion = new GaussianDiffusion(cosineBetas(20));
      const net = new PointDenoiser({ hidden: 16, timeDim: 8 });
      const optimizer = new Adam(net.parameters(), { lr: 1e-2 });
      const step = (x: tf.Tensor2D) => optimizer.minimize(() => diffusion.loss(net, x));
      const used = wrap ? wrap(step) : step;
      const x = tf.fill([256, 2], 1);
      return Array.from({ length: 60 }, () => tf.tidy(() => used(x).dataSync()[0]!));
    };
    const [eager, compiled] = [run(), run(compile)];
    assertClose(compiled.slice(0, 20), eager.slice(0, 20), 1e-3);
    assert.ok(compiled.at(-1)! < 0.5 * compiled[0]!, `from ${compiled[0]} to ${compiled.at(-1)}`);
  });
});

describe('denoisers', () => {
  it('embed times by sines and cosines from frequency 1 down', () => {
    const row = timeEmbedding(tf.tensor1d([3], 'int32'), 4).dataSync();
    assertClose(row, [Math.sin(3), Math.sin(3e-4), Math.cos(3), Math.cos(3e-4)], 1e-6);
    assert.throws(() => timeEmbedding(at(1), 5), /expected an even dim of at least 4, got 5/);
  });

  it('keep the shape of what they are given and look at the time', () => {
    const net = new ImageDenoiser({ features: 8 });
    const x = normal([2, 28, 28, 1]);
    const [early, late] = [net.forward(x, at(1, 2)), net.forward(x, at(90, 2))];
    assert.deepEqual(early.shape, x.shape);
    assert.notDeepEqual(early.arraySync(), late.arraySync());
  });
});
