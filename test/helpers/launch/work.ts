/**
 * Run by each worker: `work.ts FILE all` trains everything, `work.ts FILE few` a part of it, `work.ts FILE apart` takes a
 * step that is not the same on all, `work.ts FILE SIGKILL SIGSTOP` what the workers' lives permit: worker 1 meets the first
 * signal in the first start, the second one after the first restart. Prints a line of JSON.
 */
import { restarts } from '../../../src/engine/backend/membership';
import { rank, size, sumOverWorkers } from '../../../src/engine/cluster';
import * as tf from '../../../src/engine/tf';
import { FEW, stopped, trainAll, trainOn, writing } from './program';

const [file = '', ...what] = process.argv.slice(2);
void (async () => {
  const all = what[0] === 'all' || what[0] === 'few';
  const fate = all || rank !== 1 ? undefined : (what[restarts] as NodeJS.Signals | undefined);
  const trained = all && {
    ...(await trainAll(what[0] === 'few' ? FEW : undefined)),
    stopped: await stopped(rank === size - 1),
  };
  if (what[0] === 'apart') sumOverWorkers(tf.zeros([2 + rank])).dataSync();
  if (all) await writing(`${file}.${rank}`);
  const result = { ...trained, 'fit with checkpoints': await trainOn(file, fate) };
  console.log(`RESULT ${JSON.stringify(result)}`);
})();
