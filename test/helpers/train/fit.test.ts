import assert from 'node:assert/strict';

import { manualSeed } from '../../../src/engine/random';
import * as tf from '../../../src/engine/tf';
import { DataLoader } from '../../../src/helpers/data/loader';
import { Adam } from '../../../src/helpers/optim/optimizers';
import { type Callback, setDefaultCallbacks } from '../../../src/helpers/train/callbacks';
import { evaluate, predict } from '../../../src/helpers/train/evaluate';
import { fit, type FitOptions, resume } from '../../../src/helpers/train/fit';
import { accuracy, type Metric } from '../../../src/helpers/train/metrics';
import { saveState } from '../../../src/helpers/train/weights';
import * as nn from '../../../src/nn';
import { blobs, TinyNet } from '../../support/blobs';
import { maxDiff } from '../../support/close';
import { tensorsLeft } from '../../support/memory';

function setup(options: Partial<FitOptions> = {}, drop = 0) {
  const train = new DataLoader(blobs(100), { batchSize: 16, shuffle: true });
  const valid = new DataLoader(blobs(40, 2), { batchSize: 20 });
  manualSeed(7);
  const model = new TinyNet(drop);
  const optimizer = new Adam(model.namedParameters(), { lr: 0.02 });
  const all: FitOptions = {
    epochs: 3,
    train,
    valid,
    loss: nn.crossEntropy,
    optimizer,
    display: false,
    ...options,
  };
  return { model, all, valid };
}

const weights = (model: nn.Module): number[] =>
  [...saveState(model).values()].flatMap((values) => [...values]);

describe('fit()', () => {
  it('learns, and records loss, accuracy, learning rate and time of every epoch', async () => {
    const { model, all } = setup({ epochs: 5 });
    const history = await fit(model, all);
    assert.equal(history.ending, 'finished');
    assert.deepEqual(Object.keys(history.epochs[0] ?? {}), [
      'epoch',
      'loss',
      'accuracy',
      'validLoss',
      'validAccuracy',
      'lr',
      'seconds',
    ]);
    assert.deepEqual(
      history.epochs.map((log) => log.epoch),
      [1, 2, 3, 4, 5],
    );
    assert.ok((history.last?.loss ?? 1) < (history.epochs[0]?.loss ?? 0));
    assert.ok((history.last?.validAccuracy ?? 0) > 0.85, `accuracy ${history.last?.validAccuracy}`);
    assert.equal(history.steps.loss.length, 5 * 7);
  });

  it('weights the mean loss by batch size', async () => {
    const { model, all, valid } = setup({ epochs: 1 });
    const history = await fit(model, all);
    const uneven = new DataLoader(valid.dataset, { batchSize: 16 });
    const { loss } = await evaluate(model, uneven, { loss: nn.crossEntropy });
    assert.ok(Math.abs((loss ?? 0) - (history.last?.validLoss ?? 1)) < 1e-6);
  });

  it('averages loss and metrics over each epoch by itself', async () => {
    const counting: Metric = { ...accuracy(), name: 'seen', value: (tally) => tally[1] ?? NaN };
    const { model, all } = setup({ epochs: 3, metrics: [counting] });
    const { epochs, steps } = await fit(model, all);
    const sizes = [16, 16, 16, 16, 16, 16, 4];
    for (const [i, { loss, seen }] of epochs.entries()) {
      const own = steps.loss.slice(i * sizes.length, (i + 1) * sizes.length);
      const mean = own.reduce((sum, value, k) => sum + value * (sizes[k] ?? NaN), 0) / 100;
      assert.ok(Math.abs(loss - mean) < 1e-6, `epoch ${i + 1}: ${loss}, its steps ${mean}`);
      assert.equal(seen, 100);
    }
    assert.notEqual(epochs[0]?.loss, epochs[2]?.loss);
  });

  it('gives the same numbers compiled and operation by operation', async () => {
    const trained = async (options: Partial<FitOptions>) => {
      const { model, all } = setup({ epochs: 2, ...options }, 0.2);
      const { steps } = await fit(model, all);
      return [...steps.loss, ...weights(model)];
    };
    const fast = await trained({});
    assert.ok(maxDiff(fast, await trained({ compile: false })) < 1e-5);
  });

  it('trains all the same where a step cannot be compiled, and says why once', async () => {
    const lines: string[] = [];
    const log = console.log;
    console.log = (line: string) => lines.push(line);
    try {
      // Reading a value is what a recording cannot repeat.
      const reading: FitOptions['loss'] = (output, y) =>
        tf.mul(nn.crossEntropy(output, y), y.shape[0] + 0 * y.dataSync().length);
      const { model, all } = setup({ epochs: 1, loss: reading });
      const history = await fit(model, all);
      assert.equal(history.ending, 'finished');
    } finally {
      console.log = log;
    }
    assert.equal(lines.filter((line) => line.includes('未编译')).length, 1, lines.join('\n'));
  });

  it('leaves no tensor behind and the mode as it was', async () => {
    const { model, all } = setup({ epochs: 1 });
    await fit(model, all);
    const before = await tensorsLeft();
    model.eval();
    await fit(model, all);
    assert.equal(model.training, false);
    assert.ok((await tensorsLeft(before)) <= before);
  });

  it('stops when a callback says so, after validation', async () => {
    const stopper: Callback = { name: 'two', onBatchEnd: ({ step }) => (step === 9 ? 'stop' : undefined) };
    const { model, all } = setup({ callbacks: [stopper] });
    const history = await fit(model, all);
    assert.equal(history.ending, 'stopped');
    assert.match(history.reason, /two/);
    assert.equal(history.steps.loss.length, 9);
    assert.equal(history.epochs.length, 2);
  });

  it('runs one batch of each with fastDevRun, and no callback that writes', async () => {
    let wrote = false;
    const writer: Callback = { writes: true, onEpochEnd: () => void (wrote = true) };
    const { model, all } = setup({ fastDevRun: true, callbacks: [writer] });
    const history = await fit(model, all);
    assert.deepEqual([history.epochs.length, history.steps.loss.length, wrote], [1, 1, false]);
  });

  it('shows itself through the registered callbacks, its own last', async () => {
    const order: string[] = [];
    setDefaultCallbacks(() => [{ onEpochEnd: () => void order.push('shown') }]);
    try {
      const mine: Callback = { onEpochEnd: () => void order.push('mine') };
      const late: Callback = { last: true, onEpochEnd: () => void order.push('late') };
      const { model, all } = setup({ epochs: 1, display: true, callbacks: [late, mine] });
      await fit(model, all);
    } finally {
      setDefaultCallbacks(undefined);
    }
    assert.deepEqual(order, ['mine', 'shown', 'late']);
  });

  it('ends with advice when the loss is not finite', async () => {
    const { model, all } = setup({ loss: (output, y) => tf.mul(nn.crossEntropy(output, y), Infinity) });
    await assert.rejects(
      fit(model, all),
      /expected a finite loss, got Infinity at epoch 1, step 1; the step was left out, the weights are those before it; the data are finite/,
    );
    const bad = [[tf.tensor2d([[NaN, 1]]), tf.tensor1d([1], 'int32')] as const];
    const { model: other, all: options } = setup({ train: bad });
    await assert.rejects(fit(other, options), /the batch itself holds NaN/);
  });

  it('lets the event loop breathe while training', async () => {
    let ticks = 0;
    const timer = setInterval(() => ticks++, 20);
    const slow: Callback = {
      onBatchEnd: () => {
        const end = performance.now() + 30;
        while (performance.now() < end);
      },
    };
    const { model, all } = setup({ epochs: 1, callbacks: [slow] });
    await fit(model, all);
    clearInterval(timer);
    assert.ok(ticks >= 2, `${ticks} timers fired`);
  });

  it('refuses bad options', () => {
    const { model, all } = setup();
    return Promise.all([
      assert.rejects(fit(model, { ...all, epochs: 0 }), /expected an integer number of epochs ≥ 1, got 0/),
      assert.rejects(fit(model, { ...all, optimizer: undefined as never }), /expected options optimizer/),
      assert.rejects(fit(model, { ...all, train: [] }), /expected at least one batch, got 0/),
    ]);
  });
});

describe('resume()', () => {
  /** Interrupts after `steps` steps, resumes, and compares with a run that was left alone. */
  async function interruptAt(steps: number, where: 'batch' | 'validation' = 'batch') {
    const whole = setup({}, 0.3);
    const expected = await fit(whole.model, whole.all);
    const abort = new AbortController();
    const { model, all, valid } = setup({ signal: abort.signal }, 0.3);
    const interrupt: Callback = {
      onBatchEnd: ({ step }) => {
        if (step === steps) abort.abort();
      },
    };
    const noisy = {
      [Symbol.iterator]: function* () {
        abort.abort();
        yield* valid;
      },
    };
    const options = where === 'batch' ? { ...all, callbacks: [interrupt] } : { ...all, valid: noisy };
    const history = await fit(model, options);
    assert.equal(history.ending, 'interrupted');
    manualSeed(99); // what the user does in between must not matter
    tf.dispose(new TinyNet().forward(tf.zeros([1, 2])));
    await resume(history, { signal: new AbortController().signal, valid });
    const strip = ({ epochs }: typeof history) =>
      epochs.map(({ seconds, ...log }) => ({ ...log, seconds: seconds > 0 }));
    assert.deepEqual(strip(history), strip(expected));
    assert.deepEqual(history.steps, expected.steps);
    assert.equal(maxDiff(weights(model), weights(whole.model)), 0);
  }

  it('ends with the same numbers when interrupted within an epoch', () => interruptAt(10));
  it('ends with the same numbers when interrupted at the end of an epoch', () => interruptAt(14));
  it('ends with the same numbers when interrupted during validation', () => interruptAt(0, 'validation'));

  it('trains longer when asked to', async () => {
    const { model, all } = setup({ epochs: 1 });
    const history = await fit(model, all);
    await resume(history, { epochs: 2 });
    assert.equal(history.epochs.length, 2);
  });

  it('says what to do after an interrupt', async () => {
    const { model, all } = setup({ signal: AbortSignal.abort() });
    const history = await fit(model, all);
    assert.match(history.reason, /第 1 轮第 1 个小批量之后中断.*await resume\(history\)/);
    assert.equal(history.steps.loss.length, 1);
  });
});

describe('evaluate() and predict()', () => {
  it('predict all samples in order, softmax on request', async () => {
    const { model, valid } = setup();
    const logits = await predict(model, valid);
    const probabilities = await predict(model, valid, { softmax: true });
    assert.deepEqual(logits.shape, [40, 2]);
    assert.ok(maxDiff(tf.softmax(logits).dataSync(), probabilities.dataSync()) < 1e-6);
    const [x] = valid.first();
    const some = await predict(model, x, { batchSize: 7 });
    assert.ok(maxDiff(some.dataSync(), tf.slice(logits, 0, 20).dataSync()) < 1e-6);
  });

  it('evaluate in evaluation mode, without a loss too', async () => {
    const { model, valid } = setup({}, 0.9);
    assert.deepEqual(Object.keys(await evaluate(model, valid)), ['accuracy']);
    const first = await evaluate(model, valid, { loss: nn.crossEntropy });
    assert.deepEqual(await evaluate(model, valid, { loss: nn.crossEntropy }), first);
    assert.equal(model.training, true);
    await assert.rejects(evaluate(model, []), /expected at least one batch/);
  });

  it('see a head of the same shape and one of another in the place of the old', async () => {
    const { model, valid } = setup();
    const [x] = valid.first();
    const look = async (compile: boolean): Promise<number[]> => {
      const { loss = NaN, accuracy = NaN } = await evaluate(model, valid, { loss: nn.crossEntropy, compile });
      const logits = await predict(model, x, { compile });
      return [loss, accuracy, ...logits.shape, ...logits.dataSync()];
    };
    const seen: number[][] = [];
    for (const classes of [2, 2, 3, 2]) {
      (model as { fc2: nn.Linear }).fc2 = new nn.Linear(8, classes);
      const eager = await look(false);
      for (const run of ['recorded', 'replayed']) assert.ok(maxDiff(await look(true), eager) < 1e-5, run);
      seen.push(eager);
    }
    assert.ok(maxDiff(seen[0]!, seen[1]!) > 0.01);
  });
});

describe('fit() of a model whose head is replaced', () => {
  /** Losses of a run whose last callback gives the model another head after the first of two epochs. */
  async function replaced(compile: boolean): Promise<number[]> {
    const { model, all } = setup({ epochs: 2, compile });
    const swap: Callback = {
      onEpochEnd: ({ epoch }) => {
        if (epoch === 1) (model as { fc2: nn.Linear }).fc2 = new nn.Linear(8, 2);
      },
    };
    const { steps, epochs } = await fit(model, { ...all, callbacks: [swap] });
    const optimizer = new Adam(model.namedParameters(), { lr: 0.02 });
    const next = await fit(model, { ...all, optimizer, epochs: 1 });
    const valid = [...epochs, ...next.epochs].map(({ validLoss = NaN }) => validLoss);
    return [...steps.loss, ...next.steps.loss, ...valid, ...weights(model)];
  }

  it('trains and validates the new one, compiled as eagerly', async () => {
    assert.ok(maxDiff(await replaced(true), await replaced(false)) < 1e-5);
  });
});
