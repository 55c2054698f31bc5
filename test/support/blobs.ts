import { manualSeed, normal, randomInt } from '../../src/engine/random';
import * as tf from '../../src/engine/tf';
import { TensorDataset } from '../../src/helpers/data/dataset';
import * as nn from '../../src/nn';

/** A net small enough to train in milliseconds, with dropout, so that random numbers matter. */
export class TinyNet extends nn.Module {
  readonly fc1 = new nn.Linear(2, 8);
  readonly fc2 = new nn.Linear(8, 2);

  constructor(private readonly drop = 0) {
    super();
  }

  forward(x: tf.Tensor2D): tf.Tensor2D {
    const hidden = tf.relu(this.fc1.forward(x));
    if (!this.training || this.drop === 0) return this.fc2.forward(hidden);
    const noise = normal([x.shape[0], 8], 1, this.drop);
    return this.fc2.forward(tf.mul(hidden, noise));
  }
}

/** Two clouds of points, classes 0 and 1. */
export function blobs(n: number, seed = 1): TensorDataset {
  manualSeed(seed);
  const labels = Int32Array.from({ length: n }, () => randomInt(2));
  const points = tf.tidy(() => {
    const centre = tf.tensor2d(Array.from(labels, (k) => [2 * k - 1, 1 - 2 * k]));
    return tf.add(normal([n, 2], 0, 0.7), centre);
  });
  const classes = tf.tensor1d(labels, 'int32');
  const dataset = new TensorDataset(points, classes);
  tf.dispose([points, classes]);
  return dataset;
}
