/** What a step is given in each epoch: a loader's batches, or positions in a data set that lives on the device. */
import * as tf from '../../engine/tf';
import { residentOf } from '../data/resident';
import type { Batch, Batches } from './batches';
import { dealt, size } from './workers';

/** Whether the data live on the device: where that helps and fits, always, or never. */
export type ResidentOption = 'auto' | boolean;

/** One walk is one epoch. */
export interface Source extends Iterable<Batch> {
  [Symbol.asyncIterator]?(): AsyncIterator<Batch>;
  /** Whether the batches are positions in a data set on the device. */
  readonly resident: boolean;
  /** The samples of a batch; may be recorded. The caller's to dispose where `resident`. */
  gather(batch: Batch): Batch;
  dispose(): void;
}

/** Batches as they come. */
const plain = (batches: Batches): Source => ({
  resident: false,
  [Symbol.iterator]: () => dealt(batches)[Symbol.iterator](),
  ...(size === 1 &&
    Symbol.asyncIterator in batches && {
      [Symbol.asyncIterator]: () => batches[Symbol.asyncIterator]?.() as AsyncIterator<Batch>,
    }),
  gather: (batch) => batch,
  dispose: () => undefined,
});

/** How the batches of a run are taken. */
export interface SourceOptions {
  readonly resident: ResidentOption;
  /** Whether the steps are recorded. */
  readonly compiled: boolean;
  /** For the error message. */
  readonly name?: string;
}

/**
 * Chooses the source. `'auto'` moves a data set to a GPU where that is possible and it takes a small share of the free
 * memory, and otherwise does without a word what has always been done.
 * @throws RangeError saying why, where `true` was asked for and is not possible
 */
export function sourceOf(batches: Batches, options: SourceOptions): Source {
  const { resident: asked, compiled, name = 'the batches' } = options;
  const useful = asked === 'auto' ? compiled && tf.device.kind === 'gpu' : asked;
  if (!useful) return plain(batches);
  const found = residentOf(batches, { sparing: asked === 'auto' });
  if (typeof found !== 'string') return found;
  if (asked === true) throw new RangeError(`Cannot keep ${name} on the device: expected ${found}`);
  return plain(batches);
}
