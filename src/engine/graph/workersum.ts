/**
 * The operations in which workers meet, which add in the same order for all of them: TensorFlow's ring, and our own
 * through the memory of one machine.
 */
import { sharesMemory, size } from '../backend/membership';
import { DType } from '../backend/native';
import type { Graph, GraphNode, Output } from './graph';
import type { Attributes } from './opdefs';

const OVER_NETWORK = 'CollectiveReduceV2';
/** In sharedsum.cc. */
const IN_MEMORY = 'TsdlSumOverWorkers';

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

/** A scalar of int32 or float32. */
function scalar(graph: Graph, value: number, dtype: number): Output {
  const { buffer } = dtype === DType.int32 ? Int32Array.of(value) : Float32Array.of(value);
  return graph.constant({ dtype, shape: [], bytes: Buffer.from(buffer) });
}

/** What is summed, where it stands in its graph, and what it counts for. */
export interface WorkerSums {
  readonly inputs: readonly Output[];
  readonly shapes: readonly (readonly number[])[];
  /** Which of the graph's sums these are. */
  readonly place: string;
  /** A scalar of the inputs' type; default 1. */
  readonly weight?: Output | undefined;
}

/** Whether workers meet in a graph. */
export const meets = ({ op }: GraphNode): boolean => op === IN_MEMORY || op === OVER_NETWORK;
/** Whether they do so by their servers. */
export const needsServer = ({ op }: GraphNode): boolean => op === OVER_NETWORK;

/**
 * Adds the sums of tensors of one type over all workers. They meet by a key, which comes from what is summed and not from
 * a count of what was: a worker may have recorded more than another, and one key for two shapes would break all later
 * sums.
 */
export function addWorkerSums(graph: Graph, sums: WorkerSums): Output[] {
  const { inputs, shapes, place } = sums;
  if (sharesMemory) return addInMemory(graph, sums);
  return inputs.map((input, i) => {
    const { dtype } = input;
    const key = hash(`${place} ${i} ${dtype} ${shapes[i]?.join('x')}`);
    const meeting = [size, GROUP, key].map((value) => scalar(graph, value, DType.int32));
    const own = sums.weight ? graph.output('Mul', [input, sums.weight], {}, dtype) : input;
    return graph.output(OVER_NETWORK, [own, ...meeting], ATTRIBUTES, dtype);
  });
}

/** One operation for all; each after the one before it, so that all workers come to them in the same order. */
function addInMemory(graph: Graph, { inputs, shapes, place, weight }: WorkerSums): Output[] {
  const [{ dtype } = { dtype: DType.float32 }] = inputs;
  const key = hash([place, dtype, ...shapes.map((shape) => shape.join('x'))].join(' '));
  const before = graph.nodes.findLast(meets);
  const node = graph.add(IN_MEMORY, [...inputs, weight ?? scalar(graph, 1, dtype)], {
    key: { kind: 'int', value: key },
  });
  if (before) node.controls.add(before);
  return inputs.map((_, index) => ({ node, index, dtype }));
}
