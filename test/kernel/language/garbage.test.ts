import assert from 'node:assert/strict';

import { Garbage } from '../../../src/kernel/language/garbage';

const MB = 2 ** 20;

describe('Garbage', () => {
  /** A heap with 80 MB in use after each collection, and how often it was collected. */
  function heap(): { used: number; collections: number; garbage: Garbage } {
    const state = { used: 80 * MB, collections: 0, garbage: undefined as unknown as Garbage };
    const collect = (): void => {
      state.collections += 1;
      state.used = 80 * MB;
    };
    state.garbage = new Garbage(collect, () => state.used, 1);
    return state;
  }

  it('keeps a heap level that grows by 1.5 MB a cell, cells following each other at once', () => {
    const state = heap();
    let most = 0;
    for (let cell = 0; cell < 1000; cell++) {
      state.used += 1.5 * MB;
      most = Math.max(most, state.used);
      state.garbage.afterCell();
    }
    assert.ok(most <= 100 * MB, `${most / MB} MB`);
    assert.ok(state.collections < 100, `${state.collections} collections`);
  });

  it('clears away less when there is nothing to do', async () => {
    const state = heap();
    state.garbage.afterCell();
    state.used += 14 * MB;
    state.garbage.afterCell();
    assert.equal(state.collections, 0);
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.equal(state.collections, 1);
  });

  it('can collect', async () => {
    let collect: () => void = () => undefined;
    class Opened extends Garbage {
      constructor() {
        super();
        collect = (this as unknown as { collect: () => void }).collect;
      }
    }
    new Opened();
    const gone = (() => new WeakRef({ large: new Array<number>(1000).fill(0) }))();
    await new Promise((resolve) => setTimeout(resolve, 1));
    collect();
    assert.equal(gone.deref(), undefined);
  });
});
