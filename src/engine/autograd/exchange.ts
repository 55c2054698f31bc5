/** Where workers of a cluster meet: what gradients and batch statistics ask of the others. */
import type * as tf from '../tfjs';
import { replaceData } from './grads';

/** What `engine/cluster` brings; there is none in a single process. */
export interface Exchange {
  /** Whether a leaf is one that all workers have. */
  readonly concerns: (leaf: tf.Tensor) => boolean;
  /** Means over the workers of tensors that all of them have, the loss first. */
  readonly averaged: (tensors: readonly tf.Tensor[]) => tf.Tensor[];
  /** The sum over the workers. */
  readonly sum: <T extends tf.Tensor>(tensor: T) => T;
}

let current: Exchange | undefined;

/** Makes `backward()` and batch normalisation ask the other workers from now on. */
export function exchangeWith(exchange: Exchange): void {
  current = exchange;
}

/** The other workers, if there are any. */
export const workersExchange = (): Exchange | undefined => current;

/** One way back, at whose end the workers meet. */
interface Meeting {
  /** Whether it takes a leaf's gradient, to hand over the mean at the end. */
  takes(leaf: tf.Tensor, gradient: tf.Tensor): boolean;
  end(collect: (leaf: tf.Tensor, mean: tf.Tensor) => void): void;
}

/** Opens a meeting for what leads back from `loss`; none in a single process. */
export function workersMeeting(loss: tf.Tensor, createGraph: boolean): Meeting | undefined {
  if (!current) return undefined;
  const exchange = current;
  const taken: [leaf: tf.Tensor, own: tf.Tensor][] = [];
  return {
    takes: (leaf, gradient) => exchange.concerns(leaf) && taken.push([leaf, gradient]) > 0,
    end(collect) {
      if (taken.length === 0) return;
      if (createGraph) {
        throw new Error(
          'Cannot go backward with createGraph among several workers: expected autograd.grad for gradients of gradients',
        );
      }
      // the loss, too, so that whoever reads it sees the same number on all workers
      const first = loss.size === 1 && loss.dtype === 'float32' ? [loss] : [];
      const means = exchange.averaged([...first, ...taken.map(([, own]) => own)]);
      for (const value of first) replaceData(value, means.shift() as tf.Tensor);
      taken.forEach(([leaf, own], i) => {
        own.dispose();
        collect(leaf, means[i] as tf.Tensor);
      });
    },
  };
}
