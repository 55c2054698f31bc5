/** What runs in a worker thread: makes the data set it was told of, and batches of it as plain arrays. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type MessagePort, workerData } from 'node:worker_threads';

import { collate, type Makers } from '../collate';
import { gatherColumn, type Packed, positionOf } from '../columns';
import { randomOf } from '../samplerandom';
import { made, type Recipe } from './factory';

/** One batch to make. */
export interface Task {
  /** What the answer is called by. */
  readonly id: number;
  readonly positions: ArrayLike<number>;
  /** Its place in the epoch. */
  readonly batch: number;
  /** Of the epoch. */
  readonly seed: number;
  /** Single samples instead of a batch. */
  readonly single: boolean;
}

/** A batch that was made, or why not. */
export type Answer =
  { readonly id: number; readonly value: unknown } | { readonly id: number; readonly error: unknown };

/** What stands for a tensor on the way. */
export interface PackedLeaf {
  readonly packed: Packed;
}

type Random = (row: number) => () => number;

interface Source {
  items(indices: ArrayLike<number>, random: Random): unknown[];
  batch?(indices: ArrayLike<number>): unknown;
}

const makers: Makers = {
  packed: (packed) => ({ packed }) satisfies PackedLeaf,
  tensors: () => {
    throw new TypeError('Cannot send a sample from a worker thread: expected typed arrays, got a tensor');
  },
};

async function sourceOf(recipe: Recipe): Promise<Source> {
  if (recipe.kind === 'arrays') return arrays(recipe.columns);
  if (recipe.kind === 'subset') {
    const of = await sourceOf(recipe.of);
    const at = (indices: ArrayLike<number>) =>
      Array.from(indices, (index) => recipe.indices[positionOf(index, recipe.indices.length)] ?? 0);
    return {
      items: (indices, random) => of.items(at(indices), random),
      ...(of.batch && { batch: (indices: ArrayLike<number>) => of.batch?.(at(indices)) }),
    };
  }
  if (recipe.kind === 'concat') return concat(await Promise.all(recipe.of.map(sourceOf)), recipe.lengths);
  const dataset = made(await load(recipe.file), recipe);
  return {
    items: (indices, random) =>
      Array.from(indices, (index, row) => dataset.getItem(positionOf(index, dataset.length), random(row))),
  };
}

const arrays = (columns: (Recipe & { kind: 'arrays' })['columns']): Source => ({
  batch: (indices) =>
    columns.map((column) => ({ packed: gatherColumn(column, indices) }) satisfies PackedLeaf),
  items: (indices) =>
    Array.from(indices, (index) =>
      columns.map((column) => ({ values: gatherColumn(column, [index]).values, shape: column.shape })),
    ),
});

function concat(parts: readonly Source[], lengths: readonly number[]): Source {
  const total = lengths.reduce((sum, length) => sum + length, 0);
  return {
    items: (indices, random) =>
      Array.from(indices, (index, row) => {
        let at = positionOf(index, total);
        let part = 0;
        while (at >= (lengths[part] ?? Infinity)) at -= lengths[part++] ?? 0;
        return parts[part]?.items([at], () => random(row))[0];
      }),
  };
}

/** A module of either kind. */
async function load(file: string): Promise<object> {
  try {
    return createRequire(join(file, '..', 'x.js'))(file) as object;
  } catch (error) {
    if ((error as { code?: string }).code !== 'ERR_REQUIRE_ESM') throw error;
    return (await import(pathToFileURL(file).href)) as object;
  }
}

/** The memory that is handed over with a message instead of being copied. */
function memoryOf(value: unknown, found = new Set<ArrayBuffer>()): Set<ArrayBuffer> {
  if (ArrayBuffer.isView(value)) {
    // a part of a larger array may be needed again
    if (value.buffer instanceof ArrayBuffer && value.byteLength === value.buffer.byteLength)
      found.add(value.buffer);
  } else if (typeof value === 'object' && value !== null) {
    for (const item of Object.values(value)) memoryOf(item, found);
  }
  return found;
}

function answer(source: Source, { id, positions, batch, seed, single }: Task): Answer {
  try {
    const random = randomOf(seed, batch);
    if (single) return { id, value: source.items(positions, random) };
    return { id, value: source.batch?.(positions) ?? collate(source.items(positions, random), makers) };
  } catch (error) {
    return { id, error };
  }
}

const { recipe, port } = workerData as { recipe: Recipe; port: MessagePort };
const source = sourceOf(recipe);
port.on('message', (task: Task) => {
  source.then(
    (made) => {
      const reply = answer(made, task);
      // what collate packed is this thread's own; single samples may be kept by their data set
      port.postMessage(reply, 'value' in reply && !task.single ? [...memoryOf(reply.value)] : []);
    },
    (error: unknown) => port.postMessage({ id: task.id, error } satisfies Answer),
  );
});
