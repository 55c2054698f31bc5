/** A run of `fit` as callbacks see it, and what it carries from batch to batch and from epoch to epoch. */
import assert from 'node:assert/strict';

import * as tf from '../../../src/engine/tf';
import { SGD } from '../../../src/helpers/optim/optimizers';
import type { Batch } from '../../../src/helpers/train/batches';
import {
  type BatchLog,
  type Callback,
  checkpoint,
  type Run,
  setDefaultCallbacks,
} from '../../../src/helpers/train/callbacks';
import { saveCheckpoint } from '../../../src/helpers/train/checkpoint';
import { fit, type FitOptions, resume } from '../../../src/helpers/train/fit';
import { History } from '../../../src/helpers/train/history';
import * as nn from '../../../src/nn';
import { assertClose } from '../../support/close';
import { temporaryFolder } from '../../support/folder';
import { printed } from '../../support/kernel';

/** Gives w · x: with the loss mean(w · x) its gradient is the mean of x, so that w can be told by hand. */
class Line extends nn.Module {
  readonly w = nn.parameter(tf.scalar(0));
  /** The first number of each batch, in the order in which they came, and the mode they were seen in. */
  readonly seen: (readonly [number, boolean])[] = [];

  forward(x: tf.Tensor): tf.Tensor {
    this.seen.push([x.dataSync()[0] ?? NaN, this.training]);
    return tf.mul(x, this.w);
  }
}

const batch = (...values: number[]): Batch => [tf.tensor1d(values), tf.zeros([values.length])];
/** Means 1, 2, 3, of 2, 1 and 1 samples. */
const three = [batch(1, 1), batch(2), batch(3)];
const mean = (output: tf.Tensor) => tf.mean(output);

function setup(options: Partial<FitOptions> = {}) {
  const model = new Line();
  const optimizer = new SGD(model.namedParameters(), { lr: 1 });
  const fixed = { epochs: 2, train: three, loss: mean, metrics: [], display: false, compile: false };
  return { model, optimizer, all: { ...fixed, optimizer, ...options } };
}

const order = ({ seen }: Line) => seen.map(([first]) => first);

describe('A run', () => {
  it('tells callbacks of its start, every batch, every epoch and its end, with all they may ask', async () => {
    const told: unknown[] = [];
    const watch: Callback = {
      onStart: ({ epochs, batches, samples, resumed, history }) =>
        void told.push(['start', epochs, batches, samples, resumed, history.ending]),
      onBatchEnd: (log) => void told.push([{ ...log, running: 0 }, log.running()]),
      onEpochEnd: ({ seconds, ...log }, { validSamples }) =>
        void told.push([log, seconds >= 0, validSamples]),
      onEnd: ({ ending, epochs }) => void told.push(['end', ending, epochs.length]),
    };
    const { model, all } = setup({ epochs: 1, valid: [batch(5, 5), batch(6)], callbacks: [watch] });
    const history = await fit(model, all);
    // w: 0 → −1 → −3 → −6; losses 0, −2, −9
    const log = (n: number, size: number, loss: number) => {
      return { epoch: 1, step: n, batch: n, size, loss, lr: 1, running: 0 };
    };
    assert.deepEqual(told, [
      ['start', 1, 3, undefined, false, 'running'],
      [log(1, 2, 0), { loss: 0 }],
      [log(2, 1, -2), { loss: -2 / 3 }],
      [log(3, 1, -9), { loss: -11 / 4 }],
      [{ epoch: 1, loss: -11 / 4, validLoss: (-30 * 2 - 36) / 3, lr: 1 }, true, 3],
      ['end', 'finished', 1],
    ]);
    assert.deepEqual(history.steps, { loss: [0, -2, -9], lr: [1, 1, 1] });
    assert.deepEqual(model.seen.map(([, training]) => training), [true, true, true, false, false]); // prettier-ignore
    assert.equal(history.position?.epochs, 1);
  });

  it('asks every callback at every step, also after one said stop, and names the first that did', async () => {
    const calls: string[] = [];
    const stops = (name: string | undefined, at: number, later = false): Callback => ({
      ...(name !== undefined && { name }),
      onBatchEnd: ({ step }: BatchLog) => {
        calls.push(`${name} ${step}`);
        const verdict = step >= at ? ('stop' as const) : undefined;
        return later ? Promise.resolve(verdict) : verdict;
      },
    });
    const { model, all } = setup({ callbacks: [stops('a', 9), stops('b', 2, true), stops('c', 2)] });
    const history = await fit(model, all);
    assert.deepEqual(calls, ['a 1', 'b 1', 'c 1', 'a 2', 'b 2', 'c 2']);
    assert.deepEqual([history.ending, history.epochs.length], ['stopped', 1]);
    assert.equal(history.reason, '回调 b 停止了训练');
    const nameless = setup({ callbacks: [stops(undefined, 1)] });
    assert.equal((await fit(nameless.model, nameless.all)).reason, '回调 （未命名） 停止了训练');
    const own: Callback = { onEpochEnd: (_, { history: h }) => ((h.reason = 'mine'), 'stop') };
    const said = setup({ callbacks: [own] });
    const stopped = await fit(said.model, said.all);
    assert.deepEqual([stopped.reason, stopped.epochs.length], ['mine', 1]);
  });

  it('ends as failed after an error, which callbacks see too', async () => {
    const endings: string[] = [];
    const broken: Callback = { onBatchEnd: () => assert.fail('broken') };
    const watch: Callback = { onEnd: ({ ending }) => void endings.push(ending) };
    const { model, all } = setup({ callbacks: [broken, watch] });
    await assert.rejects(fit(model, all), /broken/);
    assert.deepEqual(endings, ['failed']);
  });

  it('runs one batch of each in one epoch with fastDevRun, and says so to callbacks', async () => {
    const told: unknown[] = [];
    const watch: Callback = { onStart: ({ epochs, batches }: Run) => void told.push(epochs, batches) };
    const { model, all } = setup({ fastDevRun: true, valid: three, callbacks: [watch] });
    const history = await fit(model, all);
    assert.deepEqual([told, order(model), history.epochs.length], [[1, 1], [1, 1], 1]);
  });

  it('trains on without a guard against NaN, and keeps to the limits of gradients', async () => {
    const nan = setup({ train: [batch(NaN), batch(1)], nanGuard: false, epochs: 1 });
    assert.deepEqual((await fit(nan.model, nan.all)).steps.loss, [NaN, NaN]);
    for (const [limit, expected] of [
      [{ clipValue: 0.5 }, -1.5],
      [{ clipNorm: 0.25 }, -0.75],
      [{}, -6],
    ] as const) {
      // prettier-ignore
      const { model, all } = setup({ ...limit, epochs: 1 });
      await fit(model, all);
      assertClose(model.w.dataSync(), expected, 1e-5);
    }
  });

  it('prints why it ended where it shows itself, and one line an epoch where nothing else is registered', async () => {
    const stop: Callback = { name: 'x', onEpochEnd: ({ epoch }) => (epoch === 2 ? 'stop' : undefined) };
    setDefaultCallbacks(undefined);
    const run = (display: boolean) =>
      printed(() => {
        const { model, all } = setup({ epochs: 3, display, callbacks: [stop] });
        return fit(model, all);
      });
    assert.deepEqual(await run(false), []);
    const lines = await run(true);
    assert.deepEqual([lines.length, lines[2]], [3, '回调 x 停止了训练']);
    assert.match(lines[0]!, /^第 1\/3 轮 {2}训练损失 -2.7500/);
  });
});

describe('A run that goes on', () => {
  const path = temporaryFolder();
  const abortAt = (step: number, controller: AbortController): Callback => ({
    onBatchEnd: (log) => {
      if (log.step === step) controller.abort();
    },
  });

  it('takes up batches that know no place where it left them, and the time that was spent', async () => {
    const controller = new AbortController();
    const { model, all } = setup({ signal: controller.signal, callbacks: [abortAt(2, controller)] });
    const history = await fit(model, all);
    assert.equal(
      history.reason,
      '已在第 1 轮第 2 个小批量之后中断；模型、优化器和记录都已保留，用 await resume(history) 继续',
    );
    const { position } = history;
    assert.deepEqual([position?.batch, position?.epochs, position?.steps, position?.trained, position?.loader], [2, 0, 2, false, null]); // prettier-ignore
    (position as { seconds: number }).seconds = 1000;
    await resume(history, { signal: undefined, callbacks: [] });
    assert.deepEqual(order(model), [1, 2, 3, 1, 2, 3]);
    assert.deepEqual(history.epochs.map(({ seconds }) => seconds > 999), [true, false]); // prettier-ignore
    assert.equal(history.epochs[0]!.loss, -11 / 4); // of all three batches
    assert.deepEqual([history.ending, history.reason, history.steps.loss.length], ['finished', '', 6]);
  });

  it('interrupted behind an epoch says so, and has finished when it was the last one', async () => {
    for (const [epochs, ending] of [
      [2, 'interrupted'],
      [1, 'finished'],
    ] as const) {
      // prettier-ignore
      const controller = new AbortController();
      const stop: Callback = { onEpochEnd: () => controller.abort() };
      const { model, all } = setup({ epochs, signal: controller.signal, callbacks: [stop] });
      const history = await fit(model, all);
      assert.deepEqual([history.ending, history.epochs.length], [ending, 1]);
      if (epochs === 2) assert.match(history.reason, /^已在第 1 轮之后中断/);
      else assert.equal(history.reason, '');
    }
  });

  it('tells callbacks that it does, and gives back to each of one name its own state', async () => {
    const counter = (name: string, start: number) => {
      const state = { count: start };
      const starts: boolean[] = [];
      const callback: Callback = {
        name,
        onStart: ({ resumed }) => void starts.push(resumed),
        onEpochEnd: () => void state.count++,
        stateDict: () => ({ ...state }),
        loadStateDict: (saved: typeof state) => void Object.assign(state, saved),
      };
      return { state, starts, callback };
    };
    const file = path('run.safetensors');
    const saved = [counter('a', 10), counter('b', 20), counter('a', 30)];
    const first = setup({
      callbacks: [...saved.map(({ callback }) => callback), { name: 'none' }, checkpoint(file)],
    });
    await fit(first.model, first.all);
    const loaded = [counter('a', 0), counter('c', 5), counter('a', 0)];
    const second = setup({ epochs: 3, resume: file, callbacks: loaded.map(({ callback }) => callback) });
    const history = await fit(second.model, second.all);
    assert.deepEqual(loaded.map(({ state }) => state.count), [13, 6, 33]); // prettier-ignore
    assert.deepEqual([history.epochs.length, order(second.model), loaded[0]!.starts], [3, [1, 2, 3], [true]]);
    assert.deepEqual(saved[0]!.starts, [false]);
  });

  it('refuses a file that no run was saved in', async () => {
    const { model, optimizer, all } = setup({ resume: path('weights') });
    saveCheckpoint(path('weights'), { model, optimizer });
    await assert.rejects(fit(model, all), {
      name: 'RangeError',
      message: `Cannot resume from "${path('weights')}": expected a file of the callback checkpoint(), got another`,
    });
  });
});

describe('History', () => {
  it('goes on from what was saved of it, without sharing it', () => {
    const history = new History();
    history.epochs.push({ epoch: 1, loss: 2, lr: 1, seconds: 0 });
    history.steps.loss.push(3, 2);
    history.steps.lr.push(1, 1);
    history.ending = 'interrupted';
    history.reason = 'because';
    const copy = History.from(history.toJSON());
    assert.deepEqual(copy.toJSON(), { ...history.toJSON(), ending: 'running', reason: '' });
    copy.epochs.push(copy.epochs[0]!);
    copy.steps.loss.push(1);
    assert.deepEqual([history.epochs.length, history.steps.loss.length], [1, 2]);
    assert.deepEqual(History.from({}).toJSON(), new History().toJSON());
    assert.equal(history.last, history.epochs[0]);
    assert.equal(new History().last, undefined);
  });
});
