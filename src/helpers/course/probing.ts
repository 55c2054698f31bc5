/**
 * How much features are worth: what the layers of a network make of pictures, and two simple classifiers that judge any
 * features, pixels among them, by the same measure (Alain and Bengio, "Understanding intermediate layers using linear
 * classifier probes", 2016, https://arxiv.org/abs/1610.01644).
 */
import { inferenceMode } from '../../engine/autograd';
import * as tf from '../../engine/tf';
import { withMode } from '../../nn/mode';
import type { Module } from '../../nn/module';
import { activations } from '../inspect/stats';
import { yieldEvery } from '../notebook/pause';
import { type Batches, splitBatch } from '../train/batches';

/** What `layerFeatures` keeps of a layer: the mean over all places `[n, c]`, or the maps as they are. */
export type Kept = 'mean' | 'maps';

/**
 * Outputs of layers over a whole loader of `[input, target]`, in evaluation mode: computed once, used often, where the
 * layers are frozen. Layers are named as in `namedModules()`; the caller disposes the tensors.
 * @throws RangeError for a layer that there is not, or if there is no batch
 * `await layerFeatures(resnet, { layer3: 'maps', layer4: 'mean' }, loader)` gives `layer3` and `layer4`.
 */
export async function layerFeatures<K extends string>(
  model: Module,
  layers: Readonly<Record<K, Kept>>,
  batches: Batches,
): Promise<Record<K, tf.Tensor>> {
  const names = Object.keys(layers) as K[];
  const parts = names.map((): tf.Tensor[] => []);
  const rest = yieldEvery();
  await withMode(model, 'eval', async () => {
    for (const batch of batches) {
      const found = inferenceMode(() => activations(model, names, ...splitBatch(batch).inputs));
      names.forEach((name, i) => {
        const output = found.get(name);
        if (!output) throw new RangeError(`Cannot take features: expected ${name} to be in use, got no call`);
        parts[i]?.push(layers[name] === 'mean' ? meanOverPlaces(output) : output);
      });
      await rest();
    }
  });
  if (parts.some((list) => list.length === 0))
    throw new RangeError('Cannot take features: expected layers and at least one batch, got none');
  const whole = names.map((name, i) => [name, tf.concat(parts[i] ?? [])] as const);
  tf.dispose(parts);
  return Object.fromEntries(whole) as Record<K, tf.Tensor>;
}

/** `[b, h, w, c]` → `[b, c]`; what has no places stays as it is. */
function meanOverPlaces(maps: tf.Tensor): tf.Tensor {
  if (maps.rank !== 4) return maps;
  const mean = tf.mean(maps, [1, 2]);
  maps.dispose();
  return mean;
}

/** Samples `[n, …]` and their class numbers `[n]`, as `gather` of a data set gives them. */
export type Labelled = readonly [x: tf.Tensor, y: tf.Tensor];

/** How a probe is trained. */
export interface ProbeOptions {
  readonly steps?: number;
  readonly lr?: number;
  readonly momentum?: number;
  readonly weightDecay?: number;
}

/** What a classifier made of the test samples. */
export interface Verdict {
  readonly accuracy: number;
  /** Class taken for each sample. */
  readonly predicted: number[];
  /** Probability given to that class. */
  readonly confidence: number[];
}

/**
 * Softmax regression on features, judged on test samples: gradient descent with momentum over all training samples at
 * once. Features are centred and divided by one number, so that a sample's mean squared length over the training set is 1
 * and the same learning rate suits pixels and any layer.
 * @throws RangeError for class numbers below 0, or features of other sizes on both sides
 */
export function linearProbe(train: Labelled, test: Labelled, options: ProbeOptions = {}): Verdict {
  const { steps = 200, lr = 1, momentum = 0.9, weightDecay = 0.01 } = options;
  const labels = Array.from(train[1].dataSync());
  const classes = Math.max(...labels) + 1;
  if (!(Math.min(...labels) >= 0))
    throw new RangeError(`Cannot probe: expected class numbers from 0, got ${Math.min(...labels)}`);
  const probabilities = tf.tidy(() => {
    const [x, exam] = scaled(train[0], test[0]);
    const target = tf.oneHot(tf.cast(tf.tensor1d(labels), 'int32'), classes);
    // weights that begin at 0 remain sums of the samples: where those are few, `weights` says how much of each, and
    // the samples' products with each other stand for the samples, in a fraction of the time
    const [n, features] = [labels.length, x.shape[1] ?? 0];
    const few = n < features;
    const samples = few ? tf.matMul(x, x, false, true) : x;
    let weights: tf.Tensor = tf.zeros([few ? n : features, classes]);
    let bias: tf.Tensor = tf.zeros([1, classes]);
    let [slope, lean]: tf.Tensor[] = [tf.zerosLike(weights), tf.zerosLike(bias)];
    for (let step = 0; step < steps; step++) {
      [weights, bias, slope, lean] = tf.tidy(() => {
        const error = tf.div(
          tf.sub(tf.softmax(tf.add(tf.matMul(samples, weights), bias)), target),
          labels.length,
        );
        const gradient = tf.add(few ? error : tf.matMul(x, error, true), tf.mul(weights, weightDecay));
        const s = tf.add(tf.mul(slope ?? 0, momentum), gradient);
        const l = tf.add(tf.mul(lean ?? 0, momentum), tf.sum(error, 0, true));
        return [tf.sub(weights, tf.mul(s, lr)), tf.sub(bias, tf.mul(l, lr)), s, l] as const;
      });
    }
    const exams = few ? tf.matMul(exam, x, false, true) : exam;
    return tf.softmax(tf.add(tf.matMul(exams, weights), bias));
  });
  return verdict(probabilities, test[1]);
}

/** Both sides as rows, with the training side's centre and length. */
function scaled(train: tf.Tensor, test: tf.Tensor): [tf.Tensor2D, tf.Tensor2D] {
  const [rows, others] = [flat(train), flat(test)];
  if (rows.shape[1] !== others.shape[1]) {
    throw new RangeError(
      `Cannot probe: expected as many features in both sets, got ${rows.shape[1]} and ${others.shape[1]}`,
    );
  }
  const centre = tf.mean(rows, 0, true);
  const length = tf.sqrt(tf.mean(tf.sum(tf.square(tf.sub(rows, centre)), 1)));
  const unit = tf.maximum(length, 1e-12); // one sample alone is its own centre
  return [tf.div(tf.sub(rows, centre), unit), tf.div(tf.sub(others, centre), unit)];
}

const flat = (x: tf.Tensor): tf.Tensor2D => tf.reshape(tf.cast(x, 'float32'), [x.shape[0] ?? 0, -1]);

/** Reads probabilities `[n, k]`, which are freed. */
function verdict(probabilities: tf.Tensor, labels: tf.Tensor): Verdict {
  const [predicted, confidence] = tf.tidy(() => {
    const [classes, shares] = [tf.argMax(probabilities, 1), tf.max(probabilities, 1)];
    return [Array.from(classes.dataSync()), Array.from(shares.dataSync())] as const;
  });
  probabilities.dispose();
  const truth = labels.dataSync();
  const accuracy = predicted.filter((k, i) => k === truth[i]).length / predicted.length;
  return { accuracy, predicted, confidence };
}

/**
 * Gives each test sample the class of the training sample nearest to it; nothing is trained. `confidence` is 1.
 * @throws RangeError for features of other sizes on both sides
 */
export function nearestNeighbour(train: Labelled, test: Labelled): Verdict {
  const certain = tf.tidy(() => {
    const [x, exam] = scaled(train[0], test[0]);
    const square = tf.sum(tf.square(x), 1); // |a − b|² = |a|² − 2ab + |b|², |a|² being the same for all b
    const gaps = tf.sub(tf.expandDims(square, 0), tf.mul(tf.matMul(exam, x, false, true), 2));
    const nearest = tf.gather(tf.cast(train[1], 'int32'), tf.argMin(gaps, 1));
    const classes = Math.max(...train[1].dataSync()) + 1;
    return tf.cast(tf.oneHot(tf.cast(nearest, 'int32'), classes), 'float32');
  });
  return verdict(certain, test[1]);
}
