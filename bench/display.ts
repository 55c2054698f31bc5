/**
 * What the live display of `fit` costs: the CNN's training with and without it, taking turns in one run.
 * `node -r ts-node/register/transpile-only bench/display.ts [rounds]`; inside a kernel, `displayCost()` in a cell.
 */
import { manualSeed } from '../src/engine/random';
import * as tf from '../src/engine/tf';
import { DataLoader } from '../src/helpers/data/loader';
import { mnist } from '../src/helpers/data/mnist';
import { kernelHost, type MimeBundle } from '../src/helpers/host';
import type { Batches } from '../src/helpers/train/batches';
import { fit } from '../src/helpers/train/fit';
import { Adam } from '../src/helpers/train/optimizers';
import { CNN } from '../src/models/cnn';
import * as nn from '../src/models/layers';
import { liveTraining } from '../src/viz/training';

const EPOCHS = 3;

export interface Cost {
  /** Seconds of training, by round. */
  readonly plain: readonly number[];
  readonly shown: readonly number[];
  /** Median of shown over median of plain, less one. */
  readonly share: number;
}

/** Outside a kernel: a host that puts every bundle into a message's form, as the kernel does. */
function standIn(): void {
  const host = { display: (bundle: MimeBundle) => void JSON.stringify(bundle), signal: () => undefined };
  (globalThis as Record<symbol, unknown>)[Symbol.for('tsdl.kernel')] ??= host;
}

async function seconds(train: Batches, show: boolean): Promise<number> {
  manualSeed(42);
  const model = new CNN();
  const optimizer = new Adam(model.namedParameters(), { lr: 1e-3 });
  const started = performance.now();
  await fit(model, {
    epochs: EPOCHS,
    train,
    loss: nn.crossEntropy,
    optimizer,
    display: false,
    callbacks: show ? [liveTraining(true)] : [],
  });
  const spent = (performance.now() - started) / 1000;
  tf.dispose(model.parameters());
  return spent;
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;

/** Trains `rounds` times with and without the display; a first pair, which loads everything, does not count. */
export async function displayCost(rounds = 5): Promise<Cost> {
  if (!kernelHost()) standIn();
  const { train } = await mnist({ source: 'embedded', announce: () => undefined });
  const loader = new DataLoader(train, { batchSize: 64, shuffle: true });
  const [plain, shown]: [number[], number[]] = [[], []];
  for (let round = 0; round <= rounds; round++) {
    const order = round % 2 === 0 ? [plain, shown] : [shown, plain];
    for (const times of order) times.push(await seconds(loader, times === shown));
  }
  [plain, shown].forEach((times) => times.shift());
  return { plain, shown, share: median(shown) / median(plain) - 1 };
}

if (require.main === module) {
  void displayCost(Number(process.argv[2] ?? 5)).then(({ plain, shown, share }) => {
    const text = (times: readonly number[]) => times.map((s) => s.toFixed(2)).join(' ');
    console.log(
      `without: ${text(plain)} s\nwith:    ${text(shown)} s\ncost of the medians: ${(100 * share).toFixed(2)} %`,
    );
  });
}
