/**
 * A whole data set on the device. A recorded step then takes its samples by their positions inside the graph: at each
 * step a few numbers go to the device, not the batch itself.
 */
import { freeBytes } from '../../engine/backend/memory';
import * as tf from '../../engine/tf';
import type { Dataset, Tensors } from './dataset';

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

/** Why a data set cannot live on the device at all; undefined if it can. */
export function residentObstacle({ fixed, length }: Dataset<Tensors>): string | undefined {
  if (fixed !== true) {
    return 'a data set that gives the same numbers each time (fixed: true), got one that does not say so';
  }
  return length === 0 ? 'at least one sample, got 0' : undefined;
}

/** Why a data set takes too much of the device's free memory; undefined if it fits. */
export function spaceObstacle(dataset: Dataset<Tensors>, free = freeBytes): string | undefined {
  const size = sizeOf(dataset);
  if (size <= SMALL) return undefined;
  const room = free(tf.device);
  if (room === undefined) return 'a driver that tells the free memory, got none';
  return size <= room * SHARE ? undefined : `at most ${mib(room * SHARE)}, got ${mib(size)}`;
}

export class Resident {
  private readonly columns: readonly tf.Variable[];

  /** Copies all samples: what changes in the data set afterwards is not seen. */
  constructor(dataset: Dataset<Tensors>) {
    const obstacle = residentObstacle(dataset);
    if (obstacle !== undefined) {
      throw new RangeError(`Cannot keep the data set on the device: expected ${obstacle}`);
    }
    // one call, so that arrays stay in the host's memory until a graph takes them over
    const whole = dataset.gather(Int32Array.from({ length: dataset.length }, (_, i) => i));
    this.columns = whole.map((column) => tf.variable(column, false));
    tf.dispose([...whole]);
  }

  /** The samples at these positions, int32 `[b]`, as `Dataset.gather` gives them; may be recorded. */
  gather(positions: tf.Tensor1D): tf.Tensor[] {
    return this.columns.map((column) => tf.gather(column, positions));
  }

  dispose(): void {
    this.columns.forEach((column) => column.dispose());
  }
}
