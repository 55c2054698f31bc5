/**
 * What bfloat16 costs in accuracy: the guide's CNN trained from several seeds in either precision, on the digits that come
 * with tsdl. `npm run bench -- --only precision`; `--rounds` times ten epochs each.
 */
import { manualSeed } from '../src/engine/random';
import { DataLoader } from '../src/helpers/data/loader';
import { MNIST } from '../src/helpers/datasets/mnist';
import { Adam } from '../src/helpers/optim/optimizers';
import { fit } from '../src/helpers/train/fit';
import { CNN } from '../src/models/cnn';
import * as nn from '../src/nn';

const SEEDS = [0, 1, 2];
const PRECISIONS = ['float32', 'bfloat16'] as const;

const digits = (train: boolean): MNIST => new MNIST({ source: 'embedded', announce: () => undefined, train });

/** The accuracy on the test digits after training, 0 … 1; evaluation is in float32. */
async function trained(
  seed: number,
  precision: (typeof PRECISIONS)[number],
  epochs: number,
): Promise<number> {
  manualSeed(seed);
  const model = new CNN();
  const history = await fit(model, {
    epochs,
    train: new DataLoader(digits(true), { batchSize: 64, shuffle: true }),
    valid: new DataLoader(digits(false), { batchSize: 1000 }),
    loss: nn.crossEntropy,
    optimizer: new Adam(model.namedParameters(), { lr: 1e-3 }),
    precision,
    display: false,
  });
  model.dispose();
  return history.epochs.at(-1)?.validAccuracy ?? NaN;
}

const percent = (accuracy: number): string => `${(100 * accuracy).toFixed(2)} %`;

/** The Markdown table: accuracies by seed, their mean, and how far they lie apart. */
export async function precisionTable(epochs: number): Promise<string> {
  const head = ['Precision', ...SEEDS.map((seed) => `seed ${seed}`), 'mean', 'spread'];
  const rows = [head, head.map((_, i) => (i === 0 ? ':--' : '--:'))];
  for (const precision of PRECISIONS) {
    const accuracies: number[] = [];
    for (const seed of SEEDS) accuracies.push(await trained(seed, precision, epochs));
    const mean = accuracies.reduce((sum, one) => sum + one, 0) / accuracies.length;
    const spread = Math.max(...accuracies) - Math.min(...accuracies);
    rows.push([precision, ...[...accuracies, mean, spread].map(percent)]);
  }
  return rows.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
