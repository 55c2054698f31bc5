/**
 * A judge of generated digits: a small network that has learned to read real ones says how readable the others are.
 * What the Inception network is to the scores of Salimans et al., "Improved Techniques for Training GANs", 2016
 * (https://arxiv.org/abs/1606.03498) and Heusel et al., 2017 (see `frechetDistance`), in seconds and for digits only;
 * its numbers compare with each other, not with those papers'.
 */
import { inferenceMode } from '../../engine/autograd';
import * as tf from '../../engine/tf';
import * as nn from '../../nn';
import type { Dataset } from '../data/dataset';
import { DataLoader } from '../data/loader';
import { Adam } from '../optim/optimizers';
import { fit } from '../train/fit';
import { frechetDistance } from './frechet';

/** What the judge says of a set of images. */
export interface DigitScores {
  /** Share of the images that are taken for some digit with a probability of 0.9 or more. */
  readonly confident: number;
  /** How many of the ten digits make up at least 2 % of the images. */
  readonly classes: number;
  /** The digit that each image is taken for. */
  readonly labels: number[];
  /** Fréchet distance of the judge's 64 features from those of the reference images. */
  readonly frechet: number;
}

const SURE = 0.9;
const PRESENT = 0.02;

/** Reads digits `[b, 28, 28, 1]` of values −1 … 1. */
class Reader extends nn.Module {
  readonly conv1 = new nn.Conv2d(1, 16, 3, { stride: 2, padding: 1 });
  readonly conv2 = new nn.Conv2d(16, 32, 3, { stride: 2, padding: 1 });
  readonly fc1 = new nn.Linear(32 * 7 * 7, 64);
  readonly fc2 = new nn.Linear(64, 10);

  features(x: tf.Tensor4D): tf.Tensor2D {
    const h = tf.relu(this.conv2.forward(tf.relu(this.conv1.forward(x)))); // [b, 7, 7, 32]
    return tf.relu(this.fc1.forward(nn.flatten(h))); // [b, 64]
  }

  forward(x: tf.Tensor4D): tf.Tensor2D {
    return this.fc2.forward(this.features(x));
  }
}

/**
 * A small classifier of real digits that grades made ones: whether they can be read, and how far they are from real
 * ones.
 */
export class Judge {
  private constructor(
    private readonly reader: Reader,
    private readonly reference: tf.Tensor2D,
  ) {}

  /**
   * Trains a judge on real digits of values −1 … 1; those of `reference` are what `frechet` measures from.
   */
  static async train(
    digits: Dataset<[tf.Tensor, tf.Tensor]>,
    reference: tf.Tensor4D,
    { epochs = 2 } = {},
  ): Promise<Judge> {
    const reader = new Reader();
    const train = new DataLoader(digits, { batchSize: 64, shuffle: true });
    const optimizer = new Adam(reader.parameters(), { lr: 2e-3 });
    await fit(reader, { epochs, train, loss: nn.crossEntropy, optimizer, display: false });
    optimizer.dispose();
    return new Judge(
      reader,
      inferenceMode(() => reader.features(reference)),
    );
  }

  /** Judges images `[n, 28, 28, 1]` of values −1 … 1; the Fréchet distance wants some hundreds of them. */
  score(images: tf.Tensor4D): DigitScores {
    return inferenceMode(() => {
      const features = this.reader.features(images);
      const probabilities = tf.softmax(this.reader.fc2.forward(features));
      const labels = Array.from(tf.argMax(probabilities, 1).dataSync());
      const sure = tf.max(probabilities, 1).dataSync();
      const share = (digit: number) => labels.filter((label) => label === digit).length / labels.length;
      return {
        confident: sure.filter((p) => p >= SURE).length / labels.length,
        classes: Array.from({ length: 10 }, (_, digit) => share(digit)).filter((part) => part >= PRESENT)
          .length,
        labels,
        frechet: frechetDistance(features, this.reference),
      };
    });
  }

  /** Frees the network. */
  dispose(): void {
    this.reader.dispose();
    this.reference.dispose();
  }
}
