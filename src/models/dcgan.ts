/**
 * A generator of transposed convolutions and a discriminator of strided ones, trained against each other: Goodfellow
 * et al., "Generative Adversarial Nets", 2014, https://arxiv.org/abs/1406.2661, in the form of Radford, Metz and
 * Chintala, "Unsupervised Representation Learning with Deep Convolutional Generative Adversarial Networks" (DCGAN),
 * 2015, https://arxiv.org/abs/1511.06434. Made for 28 × 28 pixels: two doublings from 7 × 7 instead of the paper's four.
 */
import { normal } from '../engine/random';
import * as tf from '../engine/tf';
import * as nn from '../nn';

/** The sizes of both networks; by default the paper's: 100 random numbers, 64 channels, here of grey images. */
export interface DCGANOptions {
  /** Random numbers that an image is made of. */
  readonly latent?: number;
  /** Channels of the largest feature map; the smaller ones have twice as many. */
  readonly features?: number;
  /** Channels of the image. */
  readonly channels?: number;
}

const HALVE = { stride: 2, padding: 1, bias: false } as const; // batch norm supplies the bias

/** Maps noise `[b, latent]` to images `[b, 28, 28, channels]` of values −1 … 1. */
export class Generator extends nn.Module {
  readonly main: nn.Sequential;
  readonly latent: number;

  constructor({ latent = 100, features = 64, channels = 1 }: DCGANOptions = {}) {
    super();
    this.latent = latent;
    this.main = new nn.Sequential(
      new nn.ConvTranspose2d(latent, 2 * features, 7, { bias: false }), // [b, 7, 7, 2 · features]
      new nn.BatchNorm2d(2 * features),
      new nn.ReLU(),
      new nn.ConvTranspose2d(2 * features, features, 4, HALVE), // [b, 14, 14, features]
      new nn.BatchNorm2d(features),
      new nn.ReLU(),
      new nn.ConvTranspose2d(features, channels, 4, HALVE), // [b, 28, 28, channels]
      new nn.Tanh(),
    );
    initialize(this);
  }

  forward(z: tf.Tensor2D): tf.Tensor4D {
    return this.main.forward(tf.reshape(z, [-1, 1, 1, this.latent]));
  }

  /** Images of `count` fresh draws of the noise. */
  sample(count: number): tf.Tensor4D {
    return this.forward(normal([count, this.latent]));
  }
}

/** Maps images `[b, 28, 28, channels]` to the logits that they are real, `[b]`. */
export class Discriminator extends nn.Module {
  readonly main: nn.Sequential;

  constructor({ features = 64, channels = 1 }: Omit<DCGANOptions, 'latent'> = {}) {
    super();
    this.main = new nn.Sequential(
      new nn.Conv2d(channels, features, 4, HALVE), // [b, 14, 14, features]; no batch norm next to the pixels
      new nn.LeakyReLU(0.2),
      new nn.Conv2d(features, 2 * features, 4, HALVE), // [b, 7, 7, 2 · features]
      new nn.BatchNorm2d(2 * features),
      new nn.LeakyReLU(0.2),
      new nn.Conv2d(2 * features, 1, 7, { bias: false }), // [b, 1, 1, 1]
    );
    initialize(this);
  }

  forward(x: tf.Tensor4D): tf.Tensor1D {
    return tf.reshape(this.main.forward(x), [-1]);
  }
}

/** −log D(real) − log(1 − D(fake)), each averaged: what the discriminator makes small. */
export function discriminatorLoss(real: tf.Tensor1D, fake: tf.Tensor1D): tf.Scalar {
  return tf.add(nn.bceWithLogits(real, tf.onesLike(real)), nn.bceWithLogits(fake, tf.zerosLike(fake)));
}

/**
 * −log D(fake): what the generator makes small. Its gradient does not vanish while the discriminator is sure, unlike
 * that of log(1 − D(fake)) (Goodfellow et al., section 3).
 */
export function generatorLoss(fake: tf.Tensor1D): tf.Scalar {
  return nn.bceWithLogits(fake, tf.onesLike(fake));
}

/** The paper's first weights: kernels from N(0, 0.02), scales of batch norm from N(1, 0.02). */
function initialize(model: nn.Module): void {
  for (const [, module] of model.namedModules()) {
    if (module instanceof nn.Conv2d || module instanceof nn.ConvTranspose2d) draw(module.weight, 0);
    else if (module instanceof nn.BatchNorm2d && module.weight) draw(module.weight, 1);
  }
}

function draw<R extends tf.Rank>(weight: tf.Variable<R>, mean: number): void {
  tf.tidy(() => weight.assign(normal<R>(weight.shape, mean, 0.02)));
}
