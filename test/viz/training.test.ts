import assert from 'node:assert/strict';

import { manualSeed } from '../../src/engine/random';
import { DataLoader } from '../../src/helpers/data/loader';
import { SGD } from '../../src/helpers/optim/optimizers';
import { type Callback, setDefaultCallbacks } from '../../src/helpers/train/callbacks';
import { fit } from '../../src/helpers/train/fit';
import { History } from '../../src/helpers/train/history';
import * as nn from '../../src/nn';
import { lineChart } from '../../src/viz/charts/line';
import { VEGALITE } from '../../src/viz/drawing/chart';
import { liveChart } from '../../src/viz/live';
import { epochTable, liveTraining, stepChart } from '../../src/viz/training';
import { blobs, TinyNet } from '../support/blobs';
import { final, inKernel, printed } from '../support/kernel';
import { assertCompiles } from '../support/spec';

const slow: Callback = { onBatchEnd: () => new Promise((resolve) => setTimeout(resolve, 40)) };

async function train(watched: boolean, extra: Callback[] = []): Promise<History> {
  const loader = new DataLoader(blobs(64), { batchSize: 8 });
  manualSeed(1);
  const model = new TinyNet();
  const optimizer = new SGD(model.namedParameters(), { lr: 0.1 });
  const options = {
    epochs: 3,
    train: loader,
    valid: loader,
    loss: nn.crossEntropy,
    optimizer,
    compile: false,
  };
  return fit(model, { ...options, display: false, callbacks: [...extra, liveTraining(watched)] });
}

describe('liveTraining()', () => {
  after(() => setDefaultCallbacks(undefined));

  it('shows one bar, one chart and one table, at most five updates of each a second', async () => {
    const shown = await inKernel(() => train(true, [slow]));
    const ids = [...new Set(shown.map(({ options }) => options.id))];
    assert.equal(ids.length, 3);
    for (const id of ids) {
      const own = shown.filter(({ options }) => options.id === id);
      assert.deepEqual(
        own.map(({ options }) => options.update),
        own.map((_, i) => i > 0),
      );
      // The last update comes when it comes; between the others there is a pause.
      const times = own.slice(0, -1).map(({ at }) => at);
      const table = own.every(({ bundle }) => String(bundle['text/html']).includes('<table>'));
      if (!table) times.slice(2).forEach((at, i) => assert.ok(at - (times[i + 1] ?? 0) >= 200));
    }
    assert.match(String(shown[0]?.bundle['text/plain']), /准备中/);
  });

  it('leaves the bar as one line, a complete chart and a table, under 200 KB together', async () => {
    const bundles = final(await inKernel(() => train(true, [slow])));
    assert.match(JSON.stringify(bundles), /完成：3 轮，24 步/);
    const [chart] = bundles.filter((bundle) => VEGALITE in bundle);
    assert.deepEqual(Object.keys(chart ?? {}).sort(), [VEGALITE, 'image/png', 'image/svg+xml', 'text/plain']);
    assert.ok(JSON.stringify(bundles).length < 200_000);
  });

  it('sends final states alone when nobody watches', async () => {
    const shown = await inKernel(() => train(false));
    assert.equal(shown.length, 3);
    assert.equal(final(shown).length, 3);
  });

  it('says that a run was interrupted and keeps its picture', async () => {
    const abort = new AbortController();
    const stop: Callback = {
      onBatchEnd: ({ step }) => {
        if (step === 12) abort.abort();
      },
    };
    const shown = await inKernel(() => train(true, [stop]), abort.signal);
    const bundles = final(shown);
    assert.match(JSON.stringify(bundles), /已中断：1 轮，12 步/);
    assert.ok(bundles.some((bundle) => 'image/svg+xml' in bundle));
  });
});

describe('epochTable() and stepChart()', () => {
  it('show every epoch', () => {
    const history = new History();
    history.epochs.push({ epoch: 1, loss: 0.5, accuracy: 0.75, validLoss: 0.4, lr: 0.001, seconds: 2.5 });
    history.steps.loss.push(...Array.from({ length: 1000 }, (_, i) => 1 / (i + 1)));
    assert.deepEqual(epochTable(history).rows, [[1, '0.5000', '75.00%', '0.4000', '0.001', '2.5 s']]);
    assert.deepEqual(epochTable(history, { times: false }).rows, [
      [1, '0.5000', '75.00%', '0.4000', '0.001'],
    ]);
    const chart = stepChart(history, 1000);
    assertCompiles(chart);
    assert.ok(JSON.stringify(chart.spec).length < 20_000);
  });
});

describe('liveChart()', () => {
  it('draws at most five times a second and leaves a complete picture', async () => {
    let y = [1];
    const shown = await inKernel(async () => {
      const live = liveChart(() => lineChart({ y }), { everyMs: 1, watched: true });
      for (let i = 0; i < 10; i++) {
        y = [...y, i];
        await live.update();
        await new Promise((resolve) => setTimeout(resolve, 30));
      }
      live.done();
    });
    assert.ok(shown.length >= 2 && shown.length <= 4, `${shown.length} pictures`);
    assert.equal(final(shown).length, 1);
    assert.ok('image/png' in (final(shown)[0] ?? {}));
  });

  it('prints the last state in a terminal', async () => {
    const lines = await printed(async () => {
      const live = liveChart(() => lineChart({ y: [2, 1] }));
      await live.update();
      live.done();
    });
    assert.deepEqual(lines, ['[图] y 2 → 1']);
  });
});
