/**
 * What a worker thread is sent to make a data set of its own: columns in shared memory, which are not copied for each
 * thread, or the module that makes it, and which of their samples are taken. Functions and tensors cannot be sent.
 */
import { createRequire } from 'node:module';
import { isAbsolute, join, resolve } from 'node:path';

import type { Numbers } from '../columns';
import { ArrayDataset, type Dataset, type Tensors } from '../dataset';
import { ItemBatches, type ItemDataset } from '../items';
import { ConcatDataset, Subset } from '../views';
import { made, type Recipe } from './factory';

/** Which function of the module makes the data set, and of what. */
export interface ModuleDatasetOptions {
  /** Name of the export; default `default`. It may be a function or a class. */
  readonly factory?: string;
  /** What it is called with; sent to the worker threads as `postMessage` sends. */
  readonly args?: readonly unknown[];
}

/**
 * A data set that a module of its own makes, so that worker threads can make it, too: its costly `getItem` (reading,
 * decoding, augmenting) runs there. The module should not import tensors, which would load TensorFlow in each thread.
 * With `export default (folder: string) => ({ length: 100, getItem: (i, random) => [decode(folder, i), i] })` in pictures.ts
 * it is `new ModuleDataset(require.resolve('./pictures'), { args: ['photos'] })`.
 */
export class ModuleDataset<T = unknown> implements ItemDataset<T> {
  /** How a worker thread makes it. */
  readonly recipe: Recipe & { kind: 'module' };
  private readonly source: ItemDataset<T>;

  /** @throws TypeError unless the module has such a function, which gives a data set of single samples */
  constructor(path: string, { factory = 'default', args = [] }: ModuleDatasetOptions = {}) {
    const file = isAbsolute(path) ? path : resolve(path);
    this.recipe = { kind: 'module', file, factory, args };
    this.source = made(
      createRequire(join(file, '..', 'x.js'))(file) as object,
      this.recipe,
    ) as ItemDataset<T>;
  }

  get length(): number {
    return this.source.length;
  }

  getItem(index: number, random: () => number): T {
    return this.source.getItem(index, random);
  }
}

/** @throws TypeError for a data set that cannot be made elsewhere */
export function recipeOf(dataset: Dataset<Tensors>): Recipe {
  if (dataset instanceof Subset) {
    return { kind: 'subset', of: recipeOf(dataset.dataset as Dataset<Tensors>), indices: dataset.indices };
  }
  if (dataset instanceof ConcatDataset) {
    const datasets = dataset.datasets as readonly Dataset<Tensors>[];
    return { kind: 'concat', of: datasets.map(recipeOf), lengths: datasets.map(({ length }) => length) };
  }
  if (dataset instanceof ArrayDataset && dataset.gather === ArrayDataset.prototype.gather) {
    const columns = (dataset as ArrayDataset<Tensors>).columns;
    return {
      kind: 'arrays',
      columns: columns.map((column) => ({ ...column, values: shared(column.values) })),
    };
  }
  if (dataset instanceof ItemBatches && dataset.source instanceof ModuleDataset) return dataset.source.recipe;
  throw new TypeError(
    'Cannot use worker threads: expected a data set of arrays (TensorDataset, ArrayDataset), a ModuleDataset, or a ' +
      `Subset or ConcatDataset of them, got ${nameOf(dataset)}`,
  );
}

function nameOf(dataset: object): string {
  const source = dataset instanceof ItemBatches ? dataset.source : dataset;
  return (source.constructor as { name?: string } | undefined)?.name ?? 'another';
}

const copies = new WeakMap<Numbers, Numbers>();

/** The same numbers where all threads see them; one copy of each array, however many loaders there are. */
function shared(values: Numbers): Numbers {
  if (values.buffer instanceof SharedArrayBuffer) return values;
  const known = copies.get(values);
  if (known) return known;
  const Kind = values.constructor as new (buffer: SharedArrayBuffer) => Numbers;
  const copy = new Kind(new SharedArrayBuffer(values.byteLength));
  copy.set(values);
  copies.set(values, copy);
  return copy;
}
