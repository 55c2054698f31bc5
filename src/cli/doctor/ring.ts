/** Run by each worker of `tsdl doctor --cluster`: sums tensors of the given bytes and prints how long that takes. */
import { averaged } from '../../engine/cluster';
import { compile } from '../../engine/compile';
import * as tf from '../../engine/tf';

const ROUNDS = 7;

/** Milliseconds of the middle round. */
function measured(bytes: number): number {
  const tensor = tf.zeros([bytes / 4]);
  const sum = compile((x: tf.Tensor) => tf.sum(averaged([x])[0] ?? x));
  const times = Array.from({ length: ROUNDS }, () => {
    const start = performance.now();
    sum(tensor).dataSync();
    return performance.now() - start;
  });
  return times.sort((a, b) => a - b)[ROUNDS >> 1] ?? NaN;
}

console.log(JSON.stringify(process.argv.slice(2).map((bytes) => measured(Number(bytes)))));
