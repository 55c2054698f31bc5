/**
 * The variational autoencoder: an encoder that gives a normal distribution over a few latent numbers, a decoder that
 * turns latent numbers back into pixels, after Kingma and Welling, "Auto-Encoding Variational Bayes", 2013,
 * https://arxiv.org/abs/1312.6114. Sizes and the names of the layers are those of PyTorch's example `vae`.
 */
import { normal } from '../engine/random';
import * as tf from '../engine/tf';
import * as nn from '../nn';

/** The sizes of encoder and decoder; by default images of 28 × 28, a layer of 400 and 20 latent numbers. */
export interface VAEOptions {
  /** Rows and columns of the grey images. */
  readonly imageSize?: number;
  readonly hidden?: number;
  /** Numbers that an image is squeezed into. */
  readonly latent?: number;
}

/** A normal distribution with independent components, `[b, latent]` each. */
export interface Gaussian {
  readonly mean: tf.Tensor2D;
  /** Logarithm of the variance: any number is allowed, so that a linear layer can give it. */
  readonly logVar: tf.Tensor2D;
}

/** The two parts of the loss, each summed over pixels or latent numbers and averaged over the batch. */
export interface VAELoss {
  /** −log p(x | z): binary cross-entropy. */
  readonly reconstruction: tf.Scalar;
  /** KL(q(z | x) ‖ N(0, 1)). */
  readonly kl: tf.Scalar;
}

/** Maps grey images `[b, h, w, 1]` of values 0 … 1 to the logits of their reconstruction, of the same shape. */
export class VAE extends nn.Module {
  readonly fc1: nn.Linear;
  readonly fc21: nn.Linear;
  readonly fc22: nn.Linear;
  readonly fc3: nn.Linear;
  readonly fc4: nn.Linear;
  readonly imageSize: number;
  readonly latent: number;

  constructor({ imageSize = 28, hidden = 400, latent = 20 }: VAEOptions = {}) {
    super();
    [this.imageSize, this.latent] = [imageSize, latent];
    const pixels = imageSize * imageSize;
    this.fc1 = new nn.Linear(pixels, hidden);
    this.fc21 = new nn.Linear(hidden, latent);
    this.fc22 = new nn.Linear(hidden, latent);
    this.fc3 = new nn.Linear(latent, hidden);
    this.fc4 = new nn.Linear(hidden, pixels);
  }

  /** q(z | x) for each image. */
  encode(x: tf.Tensor4D): Gaussian {
    const h = tf.relu(this.fc1.forward(nn.flatten(x))); // [b, hidden]
    return { mean: this.fc21.forward(h), logVar: this.fc22.forward(h) };
  }

  /** Logits of the pixels, `[b, latent]` → `[b, h, w, 1]`. */
  decode(z: tf.Tensor2D): tf.Tensor4D {
    const logits = this.fc4.forward(tf.relu(this.fc3.forward(z))); // [b, h · w]
    return tf.reshape(logits, [-1, this.imageSize, this.imageSize, 1]);
  }

  /** Through a latent vector drawn from q(z | x) while training, through its mean in evaluation. */
  forward(x: tf.Tensor4D): tf.Tensor4D {
    const q = this.encode(x);
    return this.decode(this.training ? reparameterize(q) : q.mean);
  }

  /** −ELBO of a batch in its two parts; their sum is what training makes small. */
  loss(x: tf.Tensor4D): VAELoss {
    const q = this.encode(x);
    const logits = this.decode(reparameterize(q));
    const total = nn.bceWithLogits(logits, x, { reduction: 'sum' });
    return { reconstruction: tf.div(total, x.shape[0]), kl: tf.mean(gaussianKl(q)) };
  }
}

/**
 * Draws z = μ + σ·ε with ε from N(0, 1): the randomness comes from outside, so that gradients reach μ and σ. Each
 * call draws anew, in compiled functions too.
 */
export function reparameterize({ mean, logVar }: Gaussian): tf.Tensor2D {
  return tf.add(mean, tf.mul(tf.exp(tf.mul(logVar, 0.5)), normal(mean.shape)));
}

/** KL(N(μ, σ²) ‖ N(0, 1)) = ½ Σ (μ² + σ² − 1 − log σ²), `[b]`: appendix B of the paper. */
export function gaussianKl({ mean, logVar }: Gaussian): tf.Tensor1D {
  const terms = tf.sub(tf.add(tf.square(mean), tf.exp(logVar)), tf.add(logVar, 1));
  return tf.mul(tf.sum(terms, 1), 0.5);
}
