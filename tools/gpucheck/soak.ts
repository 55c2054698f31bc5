/**
 * `node soak.ts SECONDS [PRECISION]`: trains the guide's CNN with Adam on made-up digits for that long and prints how
 * fast it went and whether memory grew. Run in a process of its own by `tsdl gpucheck`.
 */
import { manualSeed } from '../../src/engine/random';
import * as tf from '../../src/engine/tf';
import { TensorDataset } from '../../src/helpers/data/dataset';
import { DataLoader } from '../../src/helpers/data/loader';
import { Adam } from '../../src/helpers/optim/optimizers';
import { fit } from '../../src/helpers/train/fit';
import { CNN } from '../../src/models/cnn';
import * as nn from '../../src/nn';

const SAMPLES = 6400;
const BATCH = 64;

interface Look {
  readonly tensors: number;
  readonly rssMb: number;
}

const look = (): Look => ({
  tensors: tf.memory().numTensors,
  rssMb: Math.round(process.memoryUsage.rss() / 2 ** 20),
});

/** Digits that a network can learn: class k is brighter in row k. */
function digits(): DataLoader<[tf.Tensor, tf.Tensor]> {
  const labels = tf.tensor1d(
    Array.from({ length: SAMPLES }, (_, i) => i % 10),
    'int32',
  );
  const images = tf.tidy(() => {
    const noise = tf.randomUniform([SAMPLES, 28, 28, 1], 0, 1, 'float32', 1);
    return tf.add(noise, tf.reshape(tf.oneHot(labels, 28), [SAMPLES, 28, 1, 1]));
  });
  const dataset = new TensorDataset<[tf.Tensor, tf.Tensor]>(images, labels);
  tf.dispose([images, labels]);
  return new DataLoader(dataset, { batchSize: BATCH, shuffle: true });
}

async function main(seconds: number): Promise<void> {
  manualSeed(0);
  const model = new CNN();
  const optimizer = new Adam(model.namedParameters(), { lr: 1e-3 });
  const looks: Look[] = [];
  const end = performance.now() + seconds * 1000;
  const history = await fit(model, {
    epochs: 1_000_000,
    train: digits(),
    loss: nn.crossEntropy,
    optimizer,
    display: false,
    callbacks: [
      {
        onEpochEnd: () => {
          looks.push(look());
          return looks.length >= 3 && performance.now() >= end ? 'stop' : undefined;
        },
      },
    ],
  });
  const steps = history.steps.loss.length;
  const last = history.epochs.at(-1);
  const middle = history.epochs.slice(1).map((epoch) => epoch.seconds);
  const stepMs = (Math.min(...middle) / (SAMPLES / BATCH)) * 1000;
  // the first epoch records and loads: growth counts from the second
  const [first, final] = [looks[1], looks.at(-1)];
  console.log(
    JSON.stringify({
      device: tf.device,
      steps,
      stepMs,
      loss: [history.epochs[0]?.loss, last?.loss],
      first,
      final,
    }),
  );
}

void main(Number(process.argv[2] ?? 30));
