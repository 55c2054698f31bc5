import assert from 'node:assert/strict';

import * as nn from '../../src/nn';

const modes = (model: nn.Module) => model.namedModules().map(([, { training }]) => training);

describe('withMode()', () => {
  const build = () => new nn.Sequential(new nn.Linear(1, 1), new nn.Dropout(0.5), new nn.BatchNorm2d(1));

  it('puts every module into the mode and gives each its own back', () => {
    const model = build();
    model.namedModules()[3]![1].eval();
    const within = nn.withMode(model, 'eval', () => modes(model));
    assert.deepEqual(within, [false, false, false, false]);
    assert.deepEqual(modes(model), [true, true, true, false]);
  });

  it('gives them back when the body throws, now or later', async () => {
    const model = build();
    model.namedModules()[1]![1].eval();
    const body = () => {
      throw new Error('no');
    };
    assert.throws(() => nn.withMode(model, 'eval', body), /no/);
    assert.deepEqual(modes(model), [true, false, true, true]);
    await assert.rejects(
      nn.withMode(model, 'eval', () => Promise.resolve().then(body)),
      /no/,
    );
    assert.deepEqual(modes(model), [true, false, true, true]);
  });

  it('holds until a promise settles', async () => {
    const model = build();
    const seen = nn.withMode(model, 'eval', async () => {
      await new Promise((resolve) => setTimeout(resolve, 1));
      return modes(model);
    });
    assert.deepEqual(modes(model), [false, false, false, false]);
    assert.deepEqual(await seen, [false, false, false, false]);
    assert.deepEqual(modes(model), [true, true, true, true]);
  });

  it('train leaves frozen modules alone, and trains a model that was only looked at', () => {
    const model = build();
    model.namedModules()[3]![1].eval();
    const within = nn.withMode(model, 'train', (again) => {
      const before = modes(model);
      model.eval();
      again();
      return [before, modes(model)];
    });
    assert.deepEqual(within, [
      [true, true, true, false],
      [true, true, true, false],
    ]);
    model.eval();
    assert.deepEqual(
      nn.withMode(model, 'train', () => modes(model)),
      [true, true, true, true],
    );
    assert.deepEqual(modes(model), [false, false, false, false]);
  });
});
