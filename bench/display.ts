/**
 * What the live display of `fit` costs: the time inside its hooks, as a share of the CNN's training in the same run;
 * and, noisier, the same training with and without it, taking turns.
 * `node -r ts-node/register/transpile-only bench/display.ts [rounds]`; inside a kernel, `displayCost()` in a cell.
 */
import { median } from '../src/engine/compile/profile';
import { manualSeed } from '../src/engine/random';
import * as tf from '../src/engine/tf';
import { DataLoader } from '../src/helpers/data/loader';
import { loadMnist } from '../src/helpers/datasets/mnist';
import { kernelHost, type MimeBundle } from '../src/helpers/notebook/host';
import { Adam } from '../src/helpers/optim/optimizers';
import type { Batches } from '../src/helpers/train/batches';
import type { Callback } from '../src/helpers/train/callbacks';
import { fit } from '../src/helpers/train/fit';
import { CNN } from '../src/models/cnn';
import * as nn from '../src/nn';
import { liveTraining } from '../src/viz/training';

const EPOCHS = 3;

export interface Cost {
  /** Seconds of training, by round. */
  readonly plain: readonly number[];
  readonly shown: readonly number[];
  /** Seconds inside the display's hooks, by round of `shown`: while training, and for the final pictures. */
  readonly inside: readonly { readonly during: number; readonly end: number }[];
}

type Spent = Record<'during' | 'end', number>;

/** The live display with a clock around each hook: they are synchronous, so this is what training waits for. */
function clocked(spent: Spent): Callback {
  const display = liveTraining(true);
  const time = <A extends unknown[], R>(key: keyof Spent, hook: ((...args: A) => R) | undefined) =>
    hook &&
    ((...args: A): R => {
      const started = performance.now();
      const result = hook(...args);
      spent[key] += (performance.now() - started) / 1000;
      return result;
    });
  return {
    name: display.name,
    onStart: time('during', display.onStart?.bind(display)),
    onBatchEnd: time('during', display.onBatchEnd?.bind(display)),
    onEpochEnd: time('during', display.onEpochEnd?.bind(display)),
    onEnd: time('end', display.onEnd?.bind(display)),
  };
}

/** Outside a kernel: a host that puts every bundle into a message's form, as the kernel does. */
function standIn(): void {
  const host = { display: (bundle: MimeBundle) => void JSON.stringify(bundle), signal: () => undefined };
  (globalThis as Record<symbol, unknown>)[Symbol.for('tsdl.kernel')] ??= host;
}

async function seconds(train: Batches, inside?: Spent): Promise<number> {
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
    callbacks: inside ? [clocked(inside)] : [],
  });
  const spent = (performance.now() - started) / 1000;
  tf.dispose(model.parameters());
  return spent;
}

/** Trains `rounds` times with and without the display; a first pair, which loads everything, does not count. */
export async function displayCost(rounds = 5): Promise<Cost> {
  if (!kernelHost()) standIn();
  const { train } = await loadMnist({ source: 'embedded', announce: () => undefined });
  const loader = new DataLoader(train, { batchSize: 64, shuffle: true });
  const [plain, shown]: [number[], number[]] = [[], []];
  const inside: Spent[] = [];
  for (let round = 0; round <= rounds; round++) {
    const order = round % 2 === 0 ? [plain, shown] : [shown, plain];
    const spent = { during: 0, end: 0 };
    for (const times of order) times.push(await seconds(loader, times === shown ? spent : undefined));
    inside.push(spent);
  }
  [plain, shown, inside].forEach((list) => list.shift());
  return { plain, shown, inside };
}

if (require.main === module) {
  void displayCost(Number(process.argv[2] ?? 5)).then(({ plain, shown, inside }) => {
    const share = (key: keyof Spent) => median(inside.map((spent, i) => spent[key] / (shown[i] ?? NaN)));
    const percent = (x: number) => `${(100 * x).toFixed(2)} %`;
    const text = (times: readonly number[]) => times.map((s) => s.toFixed(2)).join(' ');
    console.log(
      `without: ${text(plain)} s\nwith:    ${text(shown)} s\nwith over without: ${percent(median(shown) / median(plain) - 1)}\n` +
        `inside the display: ${percent(share('during'))} while training, ${percent(share('end'))} for the final pictures` +
        ` (${inside.map(({ end }) => end.toFixed(2)).join(' ')} s)`,
    );
  });
}
