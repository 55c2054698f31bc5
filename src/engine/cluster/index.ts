/**
 * Several processes that train one model: which one this is, and sums over all of them.
 * @module tsdl/cluster
 */
import { exchangeWith } from '../autograd/exchange';
import { rank, size } from '../backend/membership';
import { ownVersion } from '../backend/paths';
import { TENSORFLOW } from '../backend/wheels';
import { randomState, setRandomState } from '../random';
import { currentShare } from '../recording/share';
import * as tf from '../tf';
import { averaged } from './buckets';
import { bytesFromFirst, sumOverWorkers } from './collective';

export { rank, restartedRun, size, weightsFile } from '../backend/membership';
export {
  counts,
  currentShare,
  marked,
  type Share,
  shared,
  sharedBefore,
  undivided,
  weight,
} from '../recording/share';
export { averaged } from './buckets';
export { bytesFromFirst, fromFirst, sumOverWorkers } from './collective';

/** A JSON value of worker 0, given to all. */
export function valueFromFirst<T>(value: T): T {
  if (size === 1) return value;
  const bytes = bytesFromFirst(Buffer.from(JSON.stringify(value)));
  return JSON.parse(Buffer.from(bytes).toString()) as T;
}

/** @throws Error where workers have different versions, whose graphs need not agree */
function checkVersions(): void {
  const own = `tsdl ${ownVersion()}, TensorFlow ${TENSORFLOW}`;
  const first = valueFromFirst(own);
  if (first === own) return;
  throw new Error(`Cannot train together: expected ${first} as on worker 0, got ${own} on worker ${rank}`);
}

if (size > 1) {
  checkVersions();
  if (!process.env.TSDL_SEED) setRandomState(valueFromFirst(randomState()));
  exchangeWith({
    // parameters; what is made of the batch has a gradient on its worker alone
    concerns: (leaf) => leaf instanceof tf.Variable || leaf.id < (currentShare()?.firstTensor ?? 0),
    averaged,
    sum: sumOverWorkers,
  });
}
