/**
 * A whole data set on the device. A recorded step then takes its samples by their positions inside the graph: at each
 * step a few numbers go to the device, not the batch itself.
 */
import { freeBytes } from '../../engine/backend/memory';
import * as tf from '../../engine/tf';
import type { Dataset, Tensors } from './dataset';
import { DataLoader, type LoaderWalk } from './loader';

/** Each recording (one for each size of batch) keeps a copy: three of them may take three eighths of what is free. */
const SHARE = 1 / 8;
/** A data set of at most this many bytes fits without asking. */
const SMALL = 16 * 2 ** 20;

const BYTES = 4; // of a float32 or int32 number

/** Bytes of all samples on the device. */
function sizeOf(dataset: Dataset<Tensors>): number {
  const sample = dataset.gather([0]);
  const numbers = sample.reduce((sum, { size }) => sum + size, 0);
  tf.dispose([...sample]);
  return numbers * BYTES * dataset.length;
}

const mib = (bytes: number): string => `${Math.ceil(bytes / 2 ** 20)} MiB`;

/** Why a data set takes too much of the device's free memory; undefined if it fits. */
export function spaceObstacle(dataset: Dataset<Tensors>, free = freeBytes): string | undefined {
  const size = sizeOf(dataset);
  if (size <= SMALL) return undefined;
  const room = free(tf.device);
  if (room === undefined) return 'a driver that tells the free memory, got none';
  return size <= room * SHARE ? undefined : `at most ${mib(room * SHARE)}, got ${mib(size)}`;
}

/** A loader whose samples live on the device: walking it gives the positions of each batch, int32 `[b]`. */
export class Resident implements Iterable<[tf.Tensor1D]> {
  readonly resident = true;
  private readonly columns: readonly tf.Variable[];

  /** Copies all samples: what changes in the data set afterwards is not seen. `residentOf` says where that is wrong. */
  constructor(private readonly loader: DataLoader<Tensors>) {
    const { dataset } = loader;
    // one call, so that arrays stay in the host's memory until a graph takes them over
    const whole = dataset.gather(Int32Array.from({ length: dataset.length }, (_, i) => i));
    this.columns = whole.map((column) => tf.variable(column, false));
    tf.dispose([...whole]);
  }

  [Symbol.iterator](): LoaderWalk<[tf.Tensor1D]> {
    const walk = this.loader.positions();
    return Object.assign(asTensors(walk), { stateDict: () => walk.stateDict() });
  }

  /** The samples at the positions of a batch, as `Dataset.gather` gives them; may be recorded. */
  gather([positions]: Tensors): tf.Tensor[] {
    return this.columns.map((column) => tf.gather(column, positions as tf.Tensor));
  }

  dispose(): void {
    this.columns.forEach((column) => column.dispose());
  }
}

function* asTensors(walk: Iterable<Int32Array>): Generator<[tf.Tensor1D], void, undefined> {
  for (const positions of walk) {
    const tensor = tf.tensor1d(positions, 'int32');
    try {
      yield [tensor];
    } finally {
      tensor.dispose();
    }
  }
}

/** Whether batches come from a `DataLoader` that is walked in the usual way. */
function isLoader(batches: Iterable<Tensors>): batches is DataLoader<Tensors> {
  return batches[Symbol.iterator] === DataLoader.prototype[Symbol.iterator];
}

/**
 * Moves the data set of a loader to the device, or says what was expected and is not so.
 * @param options.sparing only where it takes a small share of the free memory
 */
export function residentOf(batches: Iterable<Tensors>, { sparing = false } = {}): Resident | string {
  if (!isLoader(batches)) return 'a DataLoader, got other batches';
  const { dataset } = batches;
  if (dataset.fixed !== true) {
    return 'a data set that gives the same numbers each time (fixed: true), got one that does not say so';
  }
  if (dataset.length === 0) return 'at least one sample, got 0';
  return (sparing && spaceObstacle(dataset)) || new Resident(batches);
}
