/** The one operation in which workers meet: TensorFlow's ring, which adds in the same order for all of them. */
import { size } from '../backend/membership';
import { DType } from '../backend/native';
import type { Graph, Output } from './graph';
import type { Attributes } from './opdefs';

const text = (value: string) => ({ kind: 'string', value }) as const;

/** All workers are one group. */
const GROUP = 1;

const ATTRIBUTES: Attributes = {
  merge_op: text('Add'),
  final_op: text('Id'),
  communication_hint: text('auto'),
  // a limit would cost a sleeping thread for every step: the watch over the workers ends a step instead
  timeout_seconds: { kind: 'float', value: 0 },
  is_stateless: { kind: 'bool', value: false },
  Nordering_token: { kind: 'int', value: 0 },
  max_subdivs_per_device: { kind: 'int', value: -1 },
};

/** FNV-1a, 31 bits. */
function hash(words: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < words.length; i++) value = Math.imul(value ^ words.charCodeAt(i), 0x01000193);
  return value & 0x7fffffff;
}

/** An int32 scalar. */
function scalar(graph: Graph, value: number): Output {
  return graph.constant({ dtype: DType.int32, shape: [], bytes: Buffer.from(Int32Array.of(value).buffer) });
}

/**
 * Adds the sum of `input` over all workers. They meet by a key, which comes from what is summed and not from a count of
 * what was: a worker may have recorded more than another, and one key for two shapes would break all later sums.
 * @param place which of the graph's sums this is
 */
export function addWorkerSum(graph: Graph, input: Output, shape: readonly number[], place: string): Output {
  const key = hash(`${place} ${input.dtype} ${shape.join('x')}`);
  const [members, group, instance] = [size, GROUP, key].map((value) => scalar(graph, value));
  const inputs = [input, members, group, instance] as Output[];
  return graph.output('CollectiveReduceV2', inputs, ATTRIBUTES, input.dtype);
}
