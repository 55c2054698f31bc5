/** Run by each worker of bench/sums.ts: `ROUNDS BYTES…`; prints milliseconds of each round as JSON. */
import { averaged, rank, sumOverWorkers } from '../src/engine/cluster';
import { compile } from '../src/engine/compile';
import * as tf from '../src/engine/tf';

const [rounds = 7, ...sizes] = process.argv.slice(2).map(Number);
/** Sums before those that count, as training has taken some: JavaScript compiles what is called often. Also in sums.py. */
const warmFor = (bytes: number): number => Math.max(3, Math.min(100, Math.floor(3e8 / bytes)));

/** The mean over all workers of a tensor, as `backward()` takes it, until one of its numbers is in the program. */
function measured(bytes: number): number[] {
  const tensor = tf.ones([Math.max(1, bytes / 4)]);
  const last = [tensor.size - 1];
  const mean = compile((x: tf.Tensor) => tf.slice(averaged([x])[0] ?? x, last, [1]));
  const times: number[] = [];
  const warm = warmFor(bytes);
  for (let i = 0; i < rounds + warm; i++) {
    tf.tidy(() => sumOverWorkers(tf.scalar(1), 'barrier').dataSync());
    const start = performance.now();
    const value = tf.tidy(() => mean(tensor).dataSync()[0] ?? NaN);
    times.push(performance.now() - start);
    if (Math.abs(value - 1) > 1e-6) throw new Error(`Cannot average: expected 1, got ${value}`);
  }
  return times.slice(warm);
}

const times = sizes.map(measured);
if (rank === 0) console.log(JSON.stringify(times));
